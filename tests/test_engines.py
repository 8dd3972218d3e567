"""Real engines on this machine: processes of Dask, and Spark. Skipped where they are not installed (reflectkit[engines])."""

from __future__ import annotations

import os
import shutil
import signal
import sys

import joblib
import pandas as pd
import pytest

from conftest import DATA
from reflectkit import LABEL_META, LABEL_SCHEMA, UTTERANCE_SCHEMA, analyze_many, label_frame, utterance_frame

pytestmark = [pytest.mark.local_sockets, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def turns():
    everything = pd.read_csv(DATA / "turns.csv")
    return everything[everything["session"].isin(sorted(everything["session"].unique())[:8])].reset_index(drop=True)


@pytest.fixture(scope="module")
def utterances(turns):
    return utterance_frame(turns)


@pytest.fixture(scope="module")
def labels(utterances, tiny_model):
    return label_frame(utterances, model=tiny_model)


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="Dask is not installed (reflectkit[engines])")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as local,
        distributed.Client(local) as client,
    ):
        yield client


def test_analyze_many_on_a_dask_cluster(turns, tiny_model, cluster):
    alone = [a.to_json() for a in analyze_many(turns, model=tiny_model)]
    with joblib.parallel_config(backend="dask"):
        assert [a.to_json() for a in analyze_many(turns, model=tiny_model)] == alone


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_dask_worker_killed_in_the_middle_loses_nothing(turns, tiny_model, cluster):
    alone = [a.to_json() for a in analyze_many(turns, model=tiny_model)]
    with joblib.parallel_config(backend="dask"):
        results = analyze_many(turns, model=tiny_model)
        found = [next(results).to_json()]
        os.kill(next(iter(cluster.run(os.getpid).values())), signal.SIGKILL)
        found += [a.to_json() for a in results]
    assert found == alone


def test_label_frame_on_dask_partitions(utterances, labels, tiny_model, cluster):
    dd = pytest.importorskip("dask.dataframe", reason="Dask is not installed (reflectkit[engines])")
    parts = dd.from_pandas(utterances, npartitions=7, sort=False)
    made = parts.map_partitions(label_frame, model=str(tiny_model), meta=LABEL_META).compute()
    pd.testing.assert_frame_equal(made.astype(LABEL_META.dtypes.to_dict()), labels, check_exact=True)


@pytest.fixture(scope="module")
def spark():
    sql = pytest.importorskip("pyspark.sql", reason="Spark is not installed (reflectkit[engines])")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master("local[2,4]")  # two cores, a task may fail three times
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "50")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


KEYS = ["session", "turn", "start"]
SPARK_KEYS = "session string, turn long, start long, "


def plain(frame):
    """As rows, in the order of the keys."""
    ordered = frame.sort_values(KEYS, kind="stable")
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in ordered.itertuples(index=False)]


def test_label_frame_in_spark(utterances, labels, tiny_model, spark):
    model = str(tiny_model)

    def label(batches):
        for batch in batches:
            yield batch[KEYS].join(label_frame(batch, model=model))

    rows = spark.createDataFrame(
        utterances.astype({"start_s": "float64"}).astype(object).to_dict("records"), UTTERANCE_SCHEMA
    )
    made = rows.repartition(5).mapInPandas(label, SPARK_KEYS + LABEL_SCHEMA).toPandas()
    assert plain(made) == plain(utterances[KEYS].join(labels))


def test_whole_sessions_in_spark(turns, utterances, spark):
    given = spark.createDataFrame(turns[["session", "speaker", "text"]].to_dict("records"))
    made = given.groupBy("session").applyInPandas(lambda frame: utterance_frame(frame), UTTERANCE_SCHEMA).toPandas()
    columns = ["session", "turn", "start", "text", "heard", "before"]
    assert plain(made[columns]) == plain(utterances[columns])


def test_labels_of_whole_sessions_in_spark(turns, utterances, spark):
    def label(frame):
        own = utterance_frame(frame)
        return own[KEYS].join(label_frame(own, session="session", model="fast"))

    given = spark.createDataFrame(turns[["session", "speaker", "text"]].to_dict("records"))
    made = given.groupBy("session").applyInPandas(label, SPARK_KEYS + LABEL_SCHEMA).toPandas()
    assert plain(made) == plain(utterances[KEYS].join(label_frame(utterances, session="session", model="fast")))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_spark_worker_killed_in_the_middle_loses_nothing(utterances, labels, tiny_model, spark, tmp_path):
    model, mark = str(tiny_model), tmp_path / "mark"

    def label(batches):
        for batch in batches:
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch[KEYS].join(label_frame(batch, model=model))

    rows = spark.createDataFrame(utterances.astype(object).to_dict("records"), UTTERANCE_SCHEMA)
    made = rows.repartition(5).mapInPandas(label, SPARK_KEYS + LABEL_SCHEMA).toPandas()
    assert mark.exists()
    assert plain(made) == plain(utterances[KEYS].join(labels))


def test_analyze_many_on_ray(turns, tiny_model):
    pytest.importorskip("ray", reason="Ray is not installed")
    from ray.util.joblib import register_ray

    register_ray()
    alone = [a.to_json() for a in analyze_many(turns, model=tiny_model)]
    with joblib.parallel_config(backend="ray", n_jobs=2):
        assert [a.to_json() for a in analyze_many(turns, model=tiny_model)] == alone
