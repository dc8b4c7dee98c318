import os
import sys

from ml.cli.main import INTERRUPTED, main
from ml.cli.processes import prepare_process

prepare_process()
code = main()
if code == INTERRUPTED:
    # TensorFlow's threads are still at work where the interrupt came: taking Python down under them can crash.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
sys.exit(code)
