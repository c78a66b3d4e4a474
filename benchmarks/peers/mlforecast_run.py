"""mlforecast with LightGBM on a long Parquet frame: `python mlforecast_run.py SETTINGS ANSWER`.

Runs in the peer's own environment and imports nothing of ours. SETTINGS is a JSON file: `history` and `future` (Parquet
with unique_id, ds, y and the columns known in advance), `forecasts` (where to write), `freq`, `horizon`, `lags`,
`rolling_means` (windows at lag 1), `date_features`, `static_features`, `categorical`, `training_days` (rows older than
that are left out; null keeps all), `lightgbm` (parameters).
"""

import json
import sys
import time
from pathlib import Path

import lightgbm as lgb
import pandas as pd
from mlforecast import MLForecast  # type: ignore[import-not-found]
from mlforecast.lag_transforms import RollingMean  # type: ignore[import-not-found]

KEYS = ["unique_id", "ds", "y"]


def main(settings_file: Path, answer: Path) -> None:
    """Fit on the history, forecast the horizon, write the forecasts, say what each part took."""
    settings = json.loads(settings_file.read_text())
    started = time.perf_counter()
    categories = dict.fromkeys(settings["categorical"], "category")
    history = pd.read_parquet(settings["history"]).astype(categories)
    read = time.perf_counter()
    forecaster = MLForecast(
        models={"lightgbm": lgb.LGBMRegressor(**settings["lightgbm"])},
        freq=settings["freq"],
        lags=settings["lags"],
        lag_transforms={1: [RollingMean(window, min_samples=1) for window in settings["rolling_means"]]},
        date_features=settings["date_features"],
        num_threads=2,
    )
    rows = forecaster.preprocess(history, static_features=settings["static_features"], dropna=True)
    if settings["training_days"]:
        rows = rows[rows["ds"] > rows["ds"].max() - pd.Timedelta(days=settings["training_days"])]
    featured = time.perf_counter()
    forecaster.fit_models(rows.drop(columns=KEYS), rows["y"].to_numpy())
    trained = time.perf_counter()
    n_rows, n_features = len(rows), rows.shape[1] - len(KEYS)
    del rows, history
    dynamic = settings["dynamic_features"]
    future = pd.read_parquet(settings["future"])
    future = future.astype({name: kind for name, kind in categories.items() if name in dynamic})
    known = {"X_df": future[["unique_id", "ds", *dynamic]]} if dynamic else {}
    forecasts = forecaster.predict(settings["horizon"], **known)
    forecasts.to_parquet(settings["forecasts"], index=False)
    seconds = {
        "read": read - started,
        "features": featured - read,
        "train": trained - featured,
        "forecast": time.perf_counter() - trained,
    }
    answer.write_text(json.dumps({"n_rows": n_rows, "n_features": n_features, "seconds": seconds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
