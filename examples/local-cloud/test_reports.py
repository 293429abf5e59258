import pytest
from google.api_core.exceptions import Forbidden
from google.cloud import storage

READER = "serviceAccount:report-reader@example-project.iam.gserviceaccount.com"


def test_reader_reads_what_it_was_granted(local_cloud, become):
    become(local_cloud["owner"])
    bucket = storage.Client().bucket("example-reports")
    bucket.blob("public/may.txt").upload_from_string("all is well")
    bucket.blob("secret/may.txt").upload_from_string("all is lost")
    become(READER)
    bucket = storage.Client().bucket("example-reports")
    assert bucket.blob("public/may.txt").download_as_text() == "all is well"
    with pytest.raises(Forbidden):
        bucket.blob("secret/may.txt").download_as_text()
