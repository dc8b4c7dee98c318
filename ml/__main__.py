import sys

from ml.cli.main import main
from ml.cli.processes import prepare_process

prepare_process()
sys.exit(main())
