using Hawser.Chain;
using Microsoft.Extensions.Logging;

namespace Hawser.Net;

internal static partial class Log
{
    [LoggerMessage(501, LogLevel.Information, "Following the ledger through {Node}")]
    public static partial void ChainFollowed(this ILogger log, string node);

    [LoggerMessage(502, LogLevel.Warning, "The ledger cannot be followed: {Why}")]
    public static partial void ChainTrouble(this ILogger log, string why);

    [LoggerMessage(503, LogLevel.Information, "{Count} blocks were replaced by another branch")]
    public static partial void ChainBranch(this ILogger log, int count);

    [LoggerMessage(504, LogLevel.Warning, "Block {Height} cannot be read to its end")]
    public static partial void ChainBlockBad(this ILogger log, int height);

    [LoggerMessage(505, LogLevel.Information, "Meeting {Number} by the ledger: {State}")]
    public static partial void MeetingEnded(this ILogger log, long number, MeetingState state);

    [LoggerMessage(506, LogLevel.Information, "Agreed on chain keys for the next meeting, number {Generation}")]
    public static partial void ChainKeysAgreed(this ILogger log, uint generation);
}
