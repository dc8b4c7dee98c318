"""Everything that learns with Keras."""

import os

# Read when TensorFlow starts, after this. Operations that may run at once add up in whichever order they end, so that
# last bits, and with them the whole model, would differ from one training to the next. Each operation still uses all
# cores, which is what takes the time.
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
