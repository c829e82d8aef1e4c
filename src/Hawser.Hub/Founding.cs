using Hawser.Federation;
using Hawser.Naming;
using Hawser.Net;

namespace Hawser.Hub;

/// <summary>Makes a federation's first text out of its founders' cards.</summary>
internal static class Founding
{
    private const uint TestRevealWindow = 3; // so that a demonstration sees an ID become final: federation.md §6
    private const string DefaultName = "federation";

    /// <param name="cards">What each founder's <c>hub card</c> printed.</param>
    /// <param name="tick">How long a tick is to last; null is the protocol's own length.</param>
    /// <param name="life">How many ticks an ID lives, in a test federation; the renewal window and the grace are a quarter of it.</param>
    public static string Compose(IReadOnlyList<string> cards, TimeSpan? tick, uint? life = null)
    {
        var genesis = Compose(cards, tick, DateTimeOffset.UtcNow);
        if (life is not { } ticks) return genesis.ToString();
        if (!genesis.IsTest) throw new HawserException(Reason.Usage, "in the world an ID lives a year", "--life goes with --tick");
        if (ticks is < 8 or > 10_000) throw new HawserException(Reason.Usage, $"an ID cannot live {ticks} ticks", "from 8 to 10000");
        return genesis.Living(ticks).ToString();
    }

    /// <param name="now">When it is founded: routing time and UTC agree then.</param>
    public static Genesis Compose(IReadOnlyList<string> cards, TimeSpan? tick, DateTimeOffset now)
    {
        if (cards.Count is 0 or > Genesis.MaxAdmins)
            throw new HawserException(Reason.Usage, $"a federation has 1 to {Genesis.MaxAdmins} founders, not {cards.Count}", null);
        List<HubCard> read = [];
        foreach (var text in cards)
        {
            if (!HubCard.TryParse(text, out var card))
                throw new HawserException(Reason.VerificationFailed, $"card {read.Count + 1} is no hub's card, or was changed",
                    "take it as hawser hub card printed it");
            if (read.Exists(other => other.AdminKey == card.AdminKey))
                throw new HawserException(Reason.Usage, $"the card of {card.Name} is there twice", null);
            read.Add(card);
        }

        // The order of the files on a command line must not matter.
        read.Sort((a, b) => a.AdminKey.Bytes.CompareTo(b.AdminKey.Bytes));
        var rate = tick is { } length ? RateOf(length) : 1;
        var windows = rate == 1 ? new Genesis { Name = DefaultName, Origin = 0, Founders = new([]) }.RevealWindow : TestRevealWindow;
        return new()
        {
            Name = read.Count == 1 ? read[0].Name : DefaultName,
            Origin = now.ToUnixTimeSeconds(),
            ClockRate = rate,
            RevealWindow = windows,
            Founders = new(read.Select((card, place) => card.ToFounder(place))),
        };
    }

    private static uint RateOf(TimeSpan tick)
    {
        var own = new RoutingClock(default, 1).TickLength;
        var rate = tick > TimeSpan.Zero ? Math.Round(own / tick) : 0;
        return rate is >= 1 and <= RoutingClock.MaxRate
            ? (uint)rate
            : throw new HawserException(Reason.Usage, $"a tick cannot last {tick}", "as in --tick 4s; without it a tick is the protocol's own, about 7 hours");
    }
}
