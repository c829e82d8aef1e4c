using Hawser.Session;
using Microsoft.Extensions.Logging;

namespace Hawser.Net;

internal static partial class Log
{
    [LoggerMessage(401, LogLevel.Information, "Invitation {Number} was taken by {Petname}, a contact now")]
    public static partial void InvitationTaken(this ILogger log, long number, string petname);

    [LoggerMessage(402, LogLevel.Warning, "Invitation {Number} was shown by a second key, which was not let in: see hawser invite list")]
    public static partial void InvitationShownTwice(this ILogger log, long number);

    [LoggerMessage(403, LogLevel.Information, "An invitation that is {Verdict} was shown, and not answered")]
    public static partial void InvitationNotTaken(this ILogger log, TicketVerdict verdict);
}
