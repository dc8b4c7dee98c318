"""Short names for the array types that the packages below pass to each other."""

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
IndexArray = NDArray[np.integer]
FloatArray = NDArray[np.float32]
Float64Array = NDArray[np.float64]
