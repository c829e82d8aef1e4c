using Microsoft.Extensions.Logging;

namespace Hawser.Net;

internal static partial class Log
{
    [LoggerMessage(301, LogLevel.Error, "Something went wrong inside a claim; it goes on from what is stored")]
    public static partial void ClaimFailed(this ILogger log, Exception error);

    [LoggerMessage(303, LogLevel.Error, "Something went wrong about an ID; it goes on from what is stored")]
    public static partial void RecordFailed(this ILogger log, Exception error);

    [LoggerMessage(304, LogLevel.Information, "An ID of this node is due, and is being renewed")]
    public static partial void Renewing(this ILogger log);

    [LoggerMessage(302, LogLevel.Warning, "The stored claim {Claim} cannot be read by this version, and is left alone")]
    public static partial void ClaimUnreadable(this ILogger log, string claim);
}
