using Microsoft.Extensions.Logging;

namespace Hawser.Net;

internal static partial class Log
{
    [LoggerMessage(501, LogLevel.Warning, "A channel was closed: three messages on it made no sense or had no place")]
    public static partial void ChannelHungUp(this ILogger log);

    [LoggerMessage(502, LogLevel.Error, "Messages cannot be kept; none are taken or sent until the node is started again")]
    public static partial void MessagesNotKept(this ILogger log, Exception error);

    [LoggerMessage(503, LogLevel.Debug, "A peer with messages waiting was not reached: {Why}")]
    public static partial void NotReachedYet(this ILogger log, string why);

    [LoggerMessage(504, LogLevel.Debug, "Tally with {Petname}: {State}")]
    public static partial void TallyIs(this ILogger log, string petname, string state);

    [LoggerMessage(506, LogLevel.Information, "The link was opened; sending")]
    public static partial void FileLinkTaken(this ILogger log);

    [LoggerMessage(507, LogLevel.Warning, "A link that gives files was shown by a second key, which was not let in")]
    public static partial void FileLinkShownTwice(this ILogger log);

    [LoggerMessage(508, LogLevel.Information, "{Petname} has a new claim key; a new tally was signed with it")]
    public static partial void UserRenewed(this ILogger log, string petname);

    [LoggerMessage(505, LogLevel.Information, "{Petname} offers a tally on its own terms: see hawser tally")]
    public static partial void TallyOffered(this ILogger log, string petname);
}
