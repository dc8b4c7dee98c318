"""Tokens of programs are as good as the password: with a new one, nobody goes on with what came before."""

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models.signals import post_save
from django.http import HttpRequest
from django.utils import timezone
from knox.models import get_token_model

_ENDED = "_tokens_ended"


def end_tokens(sender: object, instance: User, **_: object) -> None:
    """Receives every account that is saved: a new password ends the tokens, whether its person gave it on the site, an
    admin did, or somebody on the command line.
    """
    # Django holds a new password here until it is saved; that an old one is only hashed anew leaves nothing here.
    if vars(instance).get("_password") is None:
        return
    tokens = get_token_model().objects.filter(user=instance)
    setattr(instance, _ENDED, tokens.filter(expiry__gt=timezone.now()).count())
    tokens.delete()


def tell_ended(sender: object, request: HttpRequest, user: User, **_: object) -> None:
    """Receives allauth's news of a new password, and tells the person what ended with the old one."""
    ended = getattr(user, _ENDED, 0)
    if ended:
        tokens_of = "The token of one program" if ended == 1 else f"The tokens of {ended} programs"
        messages.info(request, f"{tokens_of} ended with the old password; what you still use signs in again.")


def listen() -> None:
    post_save.connect(end_tokens, sender=User, dispatch_uid="end-tokens")
    for news in (password_changed, password_reset, password_set):
        news.connect(tell_ended, dispatch_uid="tell-ended")
