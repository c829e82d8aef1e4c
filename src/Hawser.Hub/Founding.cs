using Hawser.Net;

namespace Hawser.Hub;

/// <summary>Makes a federation's first text out of its founders' cards.</summary>
internal static class Founding
{
    /// <param name="cards">What each founder's <c>hub card</c> printed.</param>
    /// <param name="tick">How long a tick is to last; null is the protocol's own length.</param>
    public static string Compose(IReadOnlyList<string> cards, TimeSpan? tick) =>
        throw new HawserException(Reason.NotSupported, $"this build cannot found a federation of {cards.Count}");
}
