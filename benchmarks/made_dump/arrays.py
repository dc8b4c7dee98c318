"""The one type alias that every module here speaks."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
