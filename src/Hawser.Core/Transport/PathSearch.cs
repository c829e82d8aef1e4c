using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>Halves a list of sizes that paths are known to have, until the largest that goes through is found.</summary>
internal sealed class PathSearch
{
    private const int Tries = 2; // transport.md §6

    // UDP payloads: of IPv4 and IPv6 on Ethernet (1,500 bytes), in tunnels and PPPoE below it, of jumbo frames above.
    private static ReadOnlySpan<int> Sizes => [1_200, 1_252, 1_332, 1_392, 1_412, 1_452, 1_472, 8_952]; // transport.md §6
    private const int Likely = 6;

    private int _low; // goes through
    private int _high; // does not, or is none
    private int _probed;
    private int _silences;
    private Token16 _token;

    public PathSearch(int known)
    {
        (_low, _high) = (Math.Max(Sizes.IndexOf(known), 0), Sizes.Length);
        Next();
    }

    /// <summary>Bytes of the packet to try.</summary>
    public int Size => Sizes[_probed];

    public bool IsDue { get; private set; }

    public bool IsOver => _high - _low == 1;

    public Instant EndsAt { get; private set; } = Instant.Never;

    public void Sent(in Token16 token, Instant endsAt) => (_token, EndsAt, IsDue) = (token, endsAt, false);

    /// <summary>The size that was answered; null if this is no answer to us.</summary>
    public int? TryAnswer(in Token16 token)
    {
        if (IsDue || token != _token) return null;
        _low = _probed;
        Next();
        return Sizes[_low];
    }

    public void OnSilence()
    {
        if (++_silences < Tries)
        {
            (IsDue, EndsAt) = (true, Instant.Never);
            return;
        }

        _high = _probed;
        Next();
    }

    private void Next()
    {
        _probed = _low < Likely && _high > Likely ? Likely : (_low + _high) / 2;
        (_silences, IsDue, EndsAt) = (0, !IsOver, Instant.Never);
    }
}
