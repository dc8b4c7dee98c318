"""Lines as Amazon's other editions have them; those of 2018 are in `builders`."""

from typing import Any


def review_2014(reviewer: str = "A1", asin: str = "B1", stars: Any = 5.0, **more: Any) -> dict[str, Any]:
    return {
        "reviewerID": reviewer,
        "asin": asin,
        "reviewerName": "Terri",
        "helpful": [3, 4],
        "reviewText": "Very good and entertaining!",
        "overall": stars,
        "summary": "Amazing!",
        "unixReviewTime": 1352419200,
        "reviewTime": "11 9, 2012",
        **more,
    }


def metadata_2014(asin: str = "B1", title: str = "Alien", **more: Any) -> dict[str, Any]:
    return {
        "asin": asin,
        "categories": [["Movies & TV", "Movies"], ["Movies & TV", "Horror"]],
        "title": title,
        "price": 5.99,
        "imUrl": "http://ecx.images-amazon.com/images/I/51abc.jpg",
        "related": {"also_bought": ["B2"]},
        "salesRank": {"Movies & TV": 376041},
        **more,
    }


def review_2023(reviewer: str = "AE1", asin: str = "B1", stars: Any = 5.0, **more: Any) -> dict[str, Any]:
    return {
        "rating": stars,
        "title": "Amazing!",
        "text": "Very good and entertaining!",
        "images": [],
        "asin": asin,
        "parent_asin": "BP",
        "user_id": reviewer,
        "timestamp": 1352419200123,
        "helpful_vote": 7,
        "verified_purchase": True,
        **more,
    }


def metadata_2023(parent: str = "BP", title: str = "Alien (1979)", **more: Any) -> dict[str, Any]:
    return {
        "main_category": "Prime Video",
        "title": title,
        "subtitle": "English [CC]",
        "average_rating": 4.7,
        "rating_number": 9,
        "features": ["IMDb 8.5"],
        "description": ["In space."],
        "price": 9.99,
        "images": [
            {
                "thumb": "https://images.example.org/t.jpg",
                "large": "https://images.example.org/l.jpg",
                "hi_res": None,
            }
        ],
        "videos": [],
        "store": "Sigourney Weaver (Actor), Ridley Scott (Director) Format: DVD",
        "categories": ["Suspense", "Science Fiction", "Arts, Entertainment, and Culture"],
        "details": {"Director": "Ridley Scott", "Actors": "Sigourney Weaver, Tom Skerritt", "Studio": "Fox"},
        "parent_asin": parent,
        "bought_together": None,
        "author": None,
        **more,
    }
