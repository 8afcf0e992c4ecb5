"""What CloudFront keeps and for how long: cache policies. Both also compress by gzip and Brotli."""

import pulumi
import pulumi_aws as aws

from components.edge.cdn_constraints import MOST_SECONDS


def files_policy(name: str, physical_name: str, opts: pulumi.ResourceOptions) -> aws.cloudfront.CachePolicy:
    """The site's files are kept exactly as long as their Cache-Control says, and not at all if it says nothing.

    AWS's own CachingOptimized keeps everything for a second at least, even what says no-cache, and for a day what says
    nothing. A file is the same for everybody: neither cookies nor query strings make another of it.
    Source: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
    """
    return aws.cloudfront.CachePolicy(
        name,
        name=physical_name,
        comment="Files: as long as their Cache-Control says",
        min_ttl=0,
        default_ttl=0,
        max_ttl=MOST_SECONDS,
        parameters_in_cache_key_and_forwarded_to_origin=_key(hosts=False, queries=False),
        opts=opts,
    )


def answers_policy(
    name: str, physical_name: str, seconds: int, opts: pulumi.ResourceOptions
) -> aws.cloudfront.CachePolicy:
    """Answers of cached paths are kept `seconds` long at most, less if they say so, by host and query string.

    The service gets no cookie and no Authorization header on these paths, so that no answer can be somebody's own:
    CloudFront passes on what its key holds and nothing else.
    Source: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-the-cache-key.html
    """
    return aws.cloudfront.CachePolicy(
        name,
        name=physical_name,
        comment=f"Answers that are the same for everybody: {seconds} s",
        min_ttl=0,
        default_ttl=seconds,
        max_ttl=seconds,
        parameters_in_cache_key_and_forwarded_to_origin=_key(hosts=True, queries=True),
        opts=opts,
    )


def _key(*, hosts: bool, queries: bool) -> aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginArgs:
    """What makes two requests differ. The load balancer routes by host, and shows a certificate for it."""
    headers = aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigArgs(
        header_behavior="none"
    )
    if hosts:
        headers.header_behavior = "whitelist"
        headers.headers = aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigHeadersArgs(
            items=["Host"]
        )
    return aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginArgs(
        enable_accept_encoding_brotli=True,
        enable_accept_encoding_gzip=True,
        headers_config=headers,
        cookies_config=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginCookiesConfigArgs(
            cookie_behavior="none"
        ),
        query_strings_config=aws.cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigArgs(
            query_string_behavior="all" if queries else "none"
        ),
    )
