using Microsoft.Extensions.Logging;

namespace Hawser.Net;

internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Debug, "No hub proves this node's address now")]
    public static partial void AddressNotProved(this ILogger log, Exception why);
}
