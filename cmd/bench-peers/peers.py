"""One fit of one library on the table that bench-peers wrote, told as JSON.

Called by bench-peers with one argument, a JSON object: library, dir, rounds,
threads, native, shap (rows to explain, 0 for none), passes (over the held-out
rows, of which the fastest counts), out (file for predictions).
Fitting is measured from the matrix in memory to the finished model, in seconds
of processor time and of wall time; reading is not counted.
"""
import gc
import json
import os
import resource
import sys
import time

job = json.loads(sys.argv[1])
os.environ["OMP_NUM_THREADS"] = str(job["threads"])
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

COLUMNS = 40
CATEGORIES = {int(k): v for k, v in job["levels"].items()} if job["native"] else {}


def cpu():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime


def status(name):
    for line in open("/proc/self/status"):
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0


def read(part, dtype):
    x = np.fromfile(os.path.join(job["dir"], part + ".f32"), dtype="<f4").reshape(-1, COLUMNS)
    y = np.fromfile(os.path.join(job["dir"], part + ".u8"), dtype=np.uint8)
    return x.astype(dtype), y


def timed(work):
    c, w = cpu(), time.perf_counter()
    out = work()
    return out, cpu() - c, time.perf_counter() - w


def fastest(work, times=job.get("passes", 3)):
    best = None
    for _ in range(times):
        out, _, wall = timed(work)
        best = wall if best is None else min(best, wall)
    return out, best


def begin_memory():
    gc.collect()
    try:
        open("/proc/self/clear_refs", "w").write("5")
    except OSError:
        pass
    return status("VmRSS")


def xgboost():
    import xgboost as xgb

    x, y = read("train", np.float32)
    t, _ = read("test", np.float32)
    types = ["c" if j in CATEGORIES else "q" for j in range(COLUMNS)]
    more = {"feature_types": types, "enable_categorical": True} if CATEGORIES else {}
    parameters = {
        "objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide",
        "max_leaves": job["leaves"], "max_depth": 0, "eta": 0.1, "max_bin": 255,
        "min_child_weight": 2, "lambda": 1, "base_score": float(y.mean()), "nthread": job["threads"], "verbosity": 0,
    }
    before = begin_memory()

    def fit():
        d = xgb.QuantileDMatrix(x, label=y, nthread=job["threads"], max_bin=255, **more)
        return xgb.train(parameters, d, num_boost_round=job["rounds"])

    booster, c, w = timed(fit)
    memory = status("VmHWM") - before
    p, inplace = fastest(lambda: booster.inplace_predict(t)) if not CATEGORIES else (None, None)
    q, whole = (p, None) if job["passes"] == 1 and p is not None else fastest(
        lambda: booster.predict(xgb.DMatrix(t, nthread=job["threads"], **more)))
    result = {"version": xgb.__version__, "cpu": c, "wall": w, "memory": memory,
              "predict": min(v for v in (inplace, whole) if v)}
    if job["shap"]:
        d = xgb.DMatrix(t[: job["shap"]], nthread=job["threads"], **more)
        result["shap"] = timed(lambda: booster.predict(d, pred_contribs=True))[1]
    return result, q if p is None else p


def sklearn():
    import sklearn as package
    from sklearn.ensemble import HistGradientBoostingClassifier

    x, y = read("train", np.float64)
    t, _ = read("test", np.float64)
    categories = [j for j in CATEGORIES if CATEGORIES[j] <= 254]  # more it refuses; those stay numbers
    for j in categories:
        x[:, j] -= 1
        t[:, j] -= 1
    model = HistGradientBoostingClassifier(
        max_iter=job["rounds"], learning_rate=0.1, max_leaf_nodes=job["leaves"], max_bins=255,
        min_samples_leaf=20, early_stopping=False, categorical_features=categories or None)
    before = begin_memory()
    _, c, w = timed(lambda: model.fit(x, y))
    memory = status("VmHWM") - before
    p, seconds = fastest(lambda: model.predict_proba(t)[:, 1])
    return {"version": package.__version__, "cpu": c, "wall": w, "memory": memory, "predict": seconds}, p


def lightgbm():
    import lightgbm as lgb

    x, y = read("train", np.float64)
    t, _ = read("test", np.float64)
    parameters = {
        "objective": "binary", "num_leaves": job["leaves"], "learning_rate": 0.1, "max_bin": 255,
        "min_data_in_leaf": 20, "lambda_l2": 1, "num_threads": job["threads"], "verbosity": -1, "force_col_wise": True,
    }
    before = begin_memory()

    def fit():
        d = lgb.Dataset(x, label=y, categorical_feature=list(CATEGORIES), params={"max_bin": 255, "verbosity": -1})
        return lgb.train(parameters, d, num_boost_round=job["rounds"])

    booster, c, w = timed(fit)
    memory = status("VmHWM") - before
    p, seconds = fastest(lambda: booster.predict(t, num_threads=job["threads"]))
    result = {"version": lgb.__version__, "cpu": c, "wall": w, "memory": memory, "predict": seconds}
    if job["shap"]:
        result["shap"] = timed(lambda: booster.predict(t[: job["shap"]], pred_contrib=True))[1]
    return result, p


if job["library"] == "versions":
    import importlib

    found = {}
    for name in ("xgboost", "sklearn", "lightgbm"):
        try:
            found[name] = importlib.import_module(name).__version__
        except ImportError:
            pass
    print(json.dumps(found))
else:
    result, p = {"xgboost": xgboost, "sklearn": sklearn, "lightgbm": lightgbm}[job["library"]]()
    np.asarray(p, dtype="<f8").tofile(job["out"])
    print(json.dumps(result))
