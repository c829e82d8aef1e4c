namespace Hawser.Rendezvous;

/// <summary>
/// Passes packets between the two lines of an introduction that both agreed to. Each side has a number of its own,
/// 64 random bits that only the hub has told it, and may send from the address only at which its line is proved:
/// the same UDP sockets on both ends carry line and relay. Where a line is no datagrams' but TCP's, the relay's packets
/// are datagrams of that very channel. Spec: relay.md.
/// </summary>
internal sealed class Relay(IEntropy entropy, RelayLimits limits)
{
    private readonly Dictionary<ulong, Side> _sides = [];
    private readonly Dictionary<LineId, HashSet<ulong>> _ofLine = [];

    /// <summary>Pairs that are relayed now.</summary>
    public int Count => _sides.Count / 2;

    public long BytesForwarded { get; private set; }

    /// <summary>Datagrams without an allocation, from a foreign address, or above the rate.</summary>
    public long Dropped { get; private set; }

    /// <summary>Makes a pair; false when either line or the hub has all that it may have.</summary>
    public bool TryAllocate(
        Moment now, LineId a, in RelayEnd endA, LineId b, in RelayEnd endB, out ulong numberA, out ulong numberB)
    {
        Sweep(now);
        (numberA, numberB) = (0, 0);
        if (a == b || Count >= limits.Pairs || Held(a) >= limits.PairsPerLine || Held(b) >= limits.PairsPerLine) return false;
        (numberA, numberB) = (Draw(0), 0);
        numberB = Draw(numberA);
        var pair = new Pair(now.Mono, limits.BytesPerSecond);
        Add(new(numberA, numberB, a, endA, pair));
        Add(new(numberB, numberA, b, endB, pair));
        return true;
    }

    /// <summary>
    /// Decides on a received batch, all datagrams of one source and length (the last may be shorter), and rewrites
    /// their headers in place; the shell then sends the same bytes to the other end.
    /// </summary>
    public bool TryForward(Moment now, in RelayEnd from, Span<byte> batch, int segment, out RelayEnd to)
    {
        to = default;
        if (!RelayPacket.TryRead(batch, out var header) || !_sides.TryGetValue(header.Allocation, out var side)
            || side.End != from || !IsUniform(batch, segment) || !_sides.TryGetValue(side.Other, out var other)
            || Idle(side, now) || !side.Pair.TrySpend(now.Mono, batch.Length))
        {
            Dropped++;
            return false;
        }

        var outgoing = new RelayPacket(side.Other);
        foreach (var datagram in new Segments(batch.Length, segment)) outgoing.Write(batch[datagram]);
        BytesForwarded += batch.Length;
        to = other.End;
        return true;
    }

    /// <summary>The same between two addresses only. False, with nothing done, where the other end is a channel.</summary>
    public bool TryForward(Moment now, in HostPort from, Span<byte> batch, int segment, out HostPort to)
    {
        to = default;
        if (RelayPacket.TryRead(batch, out var header) && _sides.TryGetValue(header.Allocation, out var side)
            && _sides.TryGetValue(side.Other, out var other) && other.End.Line is not null) return false;
        if (!TryForward(now, RelayEnd.At(from), batch, segment, out var end)) return false;
        to = end.Address;
        return true;
    }

    /// <summary>The line's address has changed and is proved anew.</summary>
    public void Moved(LineId line, in HostPort address)
    {
        if (!_ofLine.TryGetValue(line, out var numbers)) return;
        foreach (var number in numbers)
            if (_sides[number].End.Line is null) _sides[number].End = RelayEnd.At(address);
    }

    /// <summary>The proof ends with the line, and so do its relays.</summary>
    public void Closed(LineId line)
    {
        if (!_ofLine.TryGetValue(line, out var numbers)) return;
        foreach (var number in numbers.ToArray()) Remove(_sides[number]);
    }

    /// <summary>Whether packets pass over any of a line's relays: then the line is not idle.</summary>
    public bool IsUsedBy(Moment now, LineId line)
    {
        if (!_ofLine.TryGetValue(line, out var numbers)) return false;
        foreach (var number in numbers)
            if (!Idle(_sides[number], now)) return true;
        return false;
    }

    private bool Idle(Side side, Moment now) => now.Mono - side.Pair.LastUse >= limits.IdleExpiry;

    // All datagrams of the batch must be for the allocation of the first.
    private static bool IsUniform(ReadOnlySpan<byte> batch, int segment)
    {
        if (segment <= RelayPacket.HeaderSize && batch.Length > segment) return false;
        foreach (var range in new Segments(batch.Length, segment))
        {
            var datagram = batch[range];
            if (datagram.Length <= RelayPacket.HeaderSize || datagram[RelayPacket.HeaderSize] == RelayPacket.Code
                || !datagram[..RelayPacket.HeaderSize].SequenceEqual(batch[..RelayPacket.HeaderSize])) return false;
        }

        return true;
    }

    private void Sweep(Moment now)
    {
        if (Count < limits.Pairs) return;
        foreach (var side in _sides.Values.Where(side => Idle(side, now)).ToArray()) Remove(side);
    }

    private void Add(Side side)
    {
        _sides.Add(side.Number, side);
        if (!_ofLine.TryGetValue(side.Line, out var numbers)) _ofLine.Add(side.Line, numbers = []);
        numbers.Add(side.Number);
    }

    private void Remove(Side side)
    {
        foreach (var number in (ReadOnlySpan<ulong>)[side.Number, side.Other])
        {
            if (!_sides.Remove(number, out var gone)) continue;
            var numbers = _ofLine[gone.Line];
            numbers.Remove(number);
            if (numbers.Count == 0) _ofLine.Remove(gone.Line);
        }
    }

    private int Held(LineId line) => _ofLine.TryGetValue(line, out var numbers) ? numbers.Count : 0;

    private ulong Draw(ulong taken)
    {
        Span<byte> bytes = stackalloc byte[8];
        ulong number;
        do
        {
            entropy.Fill(bytes);
            number = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes);
        }
        while (number == 0 || number == taken || _sides.ContainsKey(number));
        return number;
    }

    private sealed class Side(ulong number, ulong other, LineId line, RelayEnd end, Pair pair)
    {
        public ulong Number => number;

        public ulong Other => other;

        public LineId Line => line;

        public RelayEnd End { get; set; } = end;

        public Pair Pair => pair;
    }

    // A bucket that holds one second's worth, for both directions together.
    private sealed class Pair(Instant now, int bytesPerSecond)
    {
        private long _tokens = bytesPerSecond;
        private Instant _filled = now;

        public Instant LastUse { get; private set; } = now;

        public bool TrySpend(Instant now, int bytes)
        {
            var micros = Math.Clamp(now.Micros - _filled.Micros, 0, 1_000_000);
            var earned = micros * bytesPerSecond / 1_000_000;
            if (earned > 0) (_tokens, _filled) = (Math.Min(bytesPerSecond, _tokens + earned), now);
            if (bytes > _tokens) return false;
            _tokens -= bytes;
            LastUse = now;
            return true;
        }
    }
}

/// <summary>Where packets of a pair come from and go to: an address, or a channel that has none for datagrams.</summary>
internal readonly record struct RelayEnd
{
    public HostPort Address { get; private init; }

    public LineId? Line { get; private init; }

    public static RelayEnd At(in HostPort address) => new() { Address = address };

    public static RelayEnd Over(LineId line) => new() { Line = line };
}

/// <summary>What a hub gives away as a relay.</summary>
internal sealed record RelayLimits
{
    public int Pairs { get; init; } = 1_024; // relay.md §6

    public int PairsPerLine { get; init; } = 8;

    /// <summary>Both directions of a pair together.</summary>
    public int BytesPerSecond { get; init; } = 1_000_000;

    public TimeSpan IdleExpiry { get; init; } = TimeSpan.FromSeconds(60);
}
