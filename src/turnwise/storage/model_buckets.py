"""Models from buckets of S3, Google Cloud Storage and Azure, as Rasa's environment variables set them up."""

from __future__ import annotations

import os
from typing import Any

from turnwise.errors import ModelError


class S3Models:
    """Amazon S3: BUCKET_NAME, AWS_ENDPOINT_URL and the variables of boto3."""

    def __init__(self) -> None:
        import boto3

        self._bucket = _variable("BUCKET_NAME")
        self._s3: Any = boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))

    def retrieve(self, model_name: str, target_path: str) -> None:
        """Downloads the object `model_name`; raises what boto3 raises."""
        self._s3.download_file(self._bucket, model_name, target_path)


class GoogleCloudModels:
    """Google Cloud Storage: BUCKET_NAME and GOOGLE_APPLICATION_CREDENTIALS."""

    def __init__(self) -> None:
        from google.cloud import storage

        self._bucket: Any = storage.Client().bucket(_variable("BUCKET_NAME"))

    def retrieve(self, model_name: str, target_path: str) -> None:
        """Downloads the blob `model_name`; raises what the client library raises."""
        self._bucket.blob(model_name).download_to_filename(target_path)


class AzureModels:
    """Azure Blob Storage: AZURE_CONTAINER, AZURE_ACCOUNT_NAME and AZURE_ACCOUNT_KEY."""

    def __init__(self) -> None:
        from azure.storage.blob import BlobServiceClient

        account = _variable("AZURE_ACCOUNT_NAME")
        service = BlobServiceClient(
            account_url=f"https://{account}.blob.core.windows.net/",
            credential=_variable("AZURE_ACCOUNT_KEY"),
        )
        self._container: Any = service.get_container_client(_variable("AZURE_CONTAINER"))

    def retrieve(self, model_name: str, target_path: str) -> None:
        """Downloads the blob `model_name`; raises what the client library raises."""
        with open(target_path, "wb") as file:  # noqa: PTH123 - the interface is one of strings
            self._container.download_blob(model_name).readinto(file)


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ModelError(f"the environment variable {name} is not set")
    return value
