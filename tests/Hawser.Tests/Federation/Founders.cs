using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Tests.Sim;

namespace Hawser.Tests.Federation;

/// <summary>A federation of n founders with keys from a seed.</summary>
internal sealed class Founders
{
    public const long Origin = 1_795_305_600; // 22 November 2026

    public Founders(int count, uint clockRate = 6_000, ulong seed = 1, bool standIn = false)
    {
        var random = new SimRandom(seed);
        Keys = [.. Enumerable.Range(0, count).Select(_ => standIn ? StandInKey.Draw(random) : SigningKey.Generate(random))];
        Genesis = new()
        {
            Name = "test federation", Origin = Origin, ClockRate = clockRate, RevealWindow = 3,
            Founders = new(Keys.Select((key, i) => new Member(
                Member.FounderId(i), key.Public, DhKeyPair.Generate(random).Public,
                HostPort.Read([192, 0, 2, (byte)(i + 1)], 4_700), $"http://hub{i}.example", $"Admin {i}"))),
        };
    }

    public SigningKey[] Keys { get; }

    public Genesis Genesis { get; }

    public static Moment At(double seconds, double skew = 0) => new(
        new((long)(seconds * 1e6)), DateTimeOffset.FromUnixTimeSeconds(Origin).AddSeconds(seconds + skew));
}
