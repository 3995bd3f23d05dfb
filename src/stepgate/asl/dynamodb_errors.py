"""What a Task on a DynamoDB table fails with when the table is busy or cannot be reached."""

# Without an error's own name, the SDK's base class is given, and only the cause says what it was.
BUSY = (
    "DynamoDb.DynamoDbException",
    "DynamoDb.InternalServerErrorException",
    "DynamoDb.ProvisionedThroughputExceededException",
    "DynamoDb.RequestLimitExceededException",
    "DynamoDb.SdkClientException",
)
