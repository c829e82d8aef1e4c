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

    [LoggerMessage(305, LogLevel.Warning, "The ID of {Contact} has a new owner; that is not taken for them until you say so: hawser peer follow")]
    public static partial void ContactChangedHands(this ILogger log, string contact);

    [LoggerMessage(306, LogLevel.Debug, "A contact's ID could not be looked up; it is tried again")]
    public static partial void FollowLater(this ILogger log, Exception error);

    [LoggerMessage(307, LogLevel.Error, "Admin {Admin} has broken the rules ({Kind}); the proof is in {File}: check it with hawser id verify, and show it to the other admins")]
    public static partial void AdminConvicted(this ILogger log, string admin, string kind, string file);

    [LoggerMessage(308, LogLevel.Error, "The proof against an admin could not be written")]
    public static partial void EvidenceLost(this ILogger log, Exception error);

    [LoggerMessage(309, LogLevel.Debug, "A hub did not take where this node is; it is told again")]
    public static partial void LocatorLater(this ILogger log, Exception error);

    [LoggerMessage(302, LogLevel.Error, "The stored claim {Claim} is damaged: {What}. Nothing of it is sent; put a backup back with hawser restore, or claim anew")]
    public static partial void ClaimDamaged(this ILogger log, string claim, string what);

    [LoggerMessage(310, LogLevel.Error, "What the store says of the ID {Id} is damaged, and is built anew from the federation")]
    public static partial void HoldingDamaged(this ILogger log, string id);

    [LoggerMessage(311, LogLevel.Error, "{What}")]
    public static partial void PinDamaged(this ILogger log, string what);
}
