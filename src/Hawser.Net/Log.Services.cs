using Microsoft.Extensions.Logging;

namespace Hawser.Net;

internal static partial class Log
{
    [LoggerMessage(201, LogLevel.Information, "A forwarded connection was not opened: {Why}")]
    public static partial void ForwardFailed(this ILogger log, string why);

    [LoggerMessage(202, LogLevel.Information, "Service {Service}: opened")]
    public static partial void ServiceOpened(this ILogger log, string service);

    [LoggerMessage(203, LogLevel.Information, "An open request was not granted")]
    public static partial void ServiceRefused(this ILogger log);

    [LoggerMessage(204, LogLevel.Warning, "Service {Service}: its target cannot be reached")]
    public static partial void TargetUnreachable(this ILogger log, string service);

    [LoggerMessage(205, LogLevel.Information, "Received a file of {Size} bytes")]
    public static partial void FileStored(this ILogger log, long size);

    [LoggerMessage(206, LogLevel.Warning, "A file could not be stored in the inbox")]
    public static partial void FileNotStored(this ILogger log, Exception error);
}
