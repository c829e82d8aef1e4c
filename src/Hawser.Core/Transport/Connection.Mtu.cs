using Hawser.Wire;

namespace Hawser.Transport;

// How large the path's packets may be: padded path challenges of a few common sizes, as in RFC 8899. Spec: transport.md §5.7.
internal sealed partial class Connection
{
    private const int ProbeAfter = 64; // transport.md §6: large data packets on this path
    private const int BlackHole = 10; // transport.md §6: packets above the smallest size, lost in a row
    private static readonly TimeSpan ProbeAgain = TimeSpan.FromMinutes(10); // transport.md §6

    private int _pathSize = MaxPacket;
    private int _largePackets;
    private int _largeLost;
    private PathSearch? _search;
    private Instant _searchAgainAt = new(long.MinValue);

    private void CountLarge(Instant now, int size)
    {
        if (size <= MaxPacket / 2 || ++_largePackets < ProbeAfter || _search is not null || now < _searchAgainAt) return;
        if (Route.Kind is RouteKind.Udp) _search = new(_pathSize);
    }

    private void ForgetPathSize() =>
        (_pathSize, _largePackets, _largeLost, _search, _searchAgainAt) = (MaxPacket, 0, 0, null, new(long.MinValue));

    // What once went through does no more, and nobody says so.
    private void OnLargeLost(Instant now)
    {
        if (++_largeLost < BlackHole) return;
        ForgetPathSize();
        _searchAgainAt = now + ProbeAgain;
    }

    private bool TryTransmitSizeProbe(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        transmit = default;
        if (_search is not { IsDue: true } search || search.Size > buffer.Length) return false;
        var token = default(Token16);
        _entropy.Fill(token);
        search.Sent(token, now.Mono + ProbeTime);
        var body = buffer[ControlHeader..(search.Size - _setup.TagSize)];
        var frames = new SpanWriter(body);
        Frame.WritePath(ref frames, FrameKind.PathChallenge, token);
        Frame.WritePadding(ref frames, body.Length - frames.Written - 1);
        var size = SealControl(now, PacketKind.Ack, buffer, frames.Written);
        transmit = new(Route, size, size);
        return size > 0;
    }

    private bool TryTakeSizeAnswer(Instant now, in Token16 token)
    {
        if (_search?.TryAnswer(token) is not { } size) return false;
        (_pathSize, _largeLost) = (size, 0);
        EndSearchIfOver(now);
        return true;
    }

    private void TickSearch(Instant now)
    {
        if (_search is null || now < _search.EndsAt) return;
        _search.OnSilence();
        EndSearchIfOver(now);
    }

    private void EndSearchIfOver(Instant now)
    {
        if (_search is not { IsOver: true }) return;
        (_search, _searchAgainAt) = (null, now + ProbeAgain);
    }
}
