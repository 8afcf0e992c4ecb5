"""What AWS puts into addresses and aliases by region: hosted zones, and a region's short name."""

from __future__ import annotations

import re
from collections.abc import Mapping

LOAD_BALANCER_ZONES: Mapping[str, str] = {
    "ap-northeast-1": "Z14GRHDCWA56QT",
    "ap-northeast-2": "ZWKZPGTI48KDX",
    "ap-northeast-3": "Z5LXEXXYW11ES",
    "ap-south-1": "ZP97RAFLXTNZK",
    "ap-southeast-1": "Z1LMS91P8CMLE5",
    "ap-southeast-2": "Z1GM3OXH4ZPM65",
    "ca-central-1": "ZQSVJUPU6J1EY",
    "eu-central-1": "Z215JYRZR1TBD5",
    "eu-north-1": "Z23TAZ6LKFMNIO",
    "eu-west-1": "Z32O12XQLNTSW2",
    "eu-west-2": "ZHURV8PSTC4K8",
    "eu-west-3": "Z3Q77PNBQS71R4",
    "sa-east-1": "Z2P70J7HTTTPLU",
    "us-east-1": "Z35SXDOTRQ7X7K",
    "us-east-2": "Z3AADJGX6KTTL2",
    "us-west-1": "Z368ELLRRE2KJ0",
    "us-west-2": "Z1H1FL5HABSF5",
}
"""Of application load balancers. Source: docs.aws.amazon.com/general/latest/gr/elb.html"""

DATABASE_ZONES: Mapping[str, str] = {
    "ap-northeast-1": "Z24O6O9L7SGTNB",
    "ap-northeast-2": "ZLA2NUCOLGUUR",
    "ap-south-1": "Z2VFMSZA74J7XZ",
    "ap-southeast-1": "Z2G0U3KFCY8NZ5",
    "ap-southeast-2": "Z32T0VRHXEXS0V",
    "eu-central-1": "Z1RLNUO7B9Q6NB",
    "eu-west-1": "Z29XKXDKYMONMX",
    "eu-west-2": "Z1TTGA775OQIYO",
    "eu-west-3": "ZMESEXB7ZGGQ3",
    "us-east-1": "Z2R2ITUGPM61AM",
    "us-east-2": "Z2XHWR1WZ565X2",
    "us-west-1": "Z10WI91S59XXQN",
    "us-west-2": "Z1PVIF0B656C1W",
}
"""Of the endpoints of RDS and Aurora. AWS lists them nowhere: they are what `describe-db-instances` has answered in
each region. Sources: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Endpoint.html for us-west-2,
docs.aws.amazon.com/cli/latest/reference/rds/describe-db-clusters.html for us-east-1; recorded answers and plans in
public repositories for the others."""

ENDPOINT_ZONES: Mapping[str, str] = {
    "ap-northeast-1": "Z2E726K9Y6RL4W",
    "ap-northeast-2": "Z27UANNT0PRK1T",
    "ap-south-1": "Z2KVTB3ZLFM7JR",
    "ap-southeast-1": "Z18LLCSTV4NVNL",
    "ap-southeast-2": "ZDK2GCRPAFKGO",
    "ca-central-1": "ZRCXCF510Y6P9",
    "eu-central-1": "Z273ZU8SZ5RJPC",
    "eu-north-1": "Z3OWWK6JFDEDGC",
    "eu-west-1": "Z38GZ743OKFT7T",
    "eu-west-2": "Z7K1066E3PUKB",
    "eu-west-3": "Z1DWHTMFP0WECP",
    "sa-east-1": "Z2LXUWEVLCVZIB",
    "us-east-1": "Z7HUB22UULQXV",
    "us-east-2": "ZC8PG0KIFKBRI",
    "us-west-1": "Z12I86A8N7VCZO",
    "us-west-2": "Z1YSA3EXCYUU9Z",
}
"""Of VPC endpoints. Source: github.com/kubernetes-sigs/external-dns/blob/master/provider/aws/aws.go"""

OTHER_ZONE = "Z0OFFLINE0EXAMPLE"
"""Where a table has no entry for the region."""


def short(region: str) -> str:
    """eu-central-1 as euc1, ap-southeast-2 as apse2, as ElastiCache names it in addresses."""
    continent, direction, number = re.fullmatch(r"([a-z-]+)-([a-z]+)-(\d)", region).groups()  # type: ignore[union-attr]
    letters = "".join(word[0] for word in re.findall("north|south|east|west|central", direction))
    return f"{continent.replace('-', '')}{letters}{number}"
