/** https://docs.aws.amazon.com/bedrock/latest/userguide/titan-embedding-models.html */
export const titanModel = 'amazon.titan-embed-text-v2:0';
