"""XGBoost beside holdfast on the same trees, told what to do line by line.

Arguments: rows, columns, file of float32 rows, file of uint8 outcomes, file for the
trees (JSON), file for answers (float32). Then on standard input "score" or
"explain N": the answers go to their file, the processor seconds to standard output.
"""
import os
import resource
import sys

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import xgboost as xgb

rows, columns = int(sys.argv[1]), int(sys.argv[2])
x = np.fromfile(sys.argv[3], dtype="<f4").reshape(rows, columns)
y = np.fromfile(sys.argv[4], dtype=np.uint8)
parameters = {
    "objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": 31,
    "max_depth": 0, "eta": 0.1, "max_bin": 255, "min_child_weight": 2, "base_score": 0.5, "nthread": 1, "verbosity": 0,
}
d = xgb.DMatrix(x, label=y, nthread=1)
booster = xgb.train(parameters, d, num_boost_round=200)
with open(sys.argv[5], "w") as f:
    f.write("[" + ",".join(booster.get_dump(dump_format="json", with_stats=True)) + "]")
print("ready", xgb.__version__, flush=True)


def cpu():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime


for line in sys.stdin:
    what, n = line.split()
    fresh = xgb.DMatrix(x[: int(n)], nthread=1)  # of one it has seen, it remembers the answer
    before = cpu()
    answer = booster.predict(fresh, output_margin=what == "score", pred_contribs=what == "explain")
    seconds = cpu() - before
    answer.astype("<f4").tofile(sys.argv[6])
    print(seconds, flush=True)
