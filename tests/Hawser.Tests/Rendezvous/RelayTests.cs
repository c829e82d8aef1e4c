using System.Text.Json;
using Hawser.Rendezvous;
using Hawser.Tests.Sim;
using Xunit;
using static Hawser.Tests.Rendezvous.PunchPair;

namespace Hawser.Tests.Rendezvous;

public class RelayTests
{
    private sealed record Vector(string Name, string Hex, string? Allocation, string? Packet, bool Reject);

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "relay.json")), JsonSerializerOptions.Web)!;

    private static readonly LineId LineA = new(1), LineB = new(2), LineC = new(3);
    private static readonly HostPort A = At("192.0.2.1:5000"), B = At("198.51.100.1:6000");

    private readonly Relay _relay = new(new SimRandom(1), new());
    private Moment _now = new(new(0), DateTimeOffset.UnixEpoch);

    public static TheoryData<string> Names() => [.. Vectors.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        var bytes = Convert.FromHexString(vector.Hex);
        Assert.Equal(!vector.Reject, RelayPacket.TryRead(bytes, out var header));
        if (vector.Reject) return;

        Assert.Equal(vector.Allocation, header.Allocation.ToString("x16", null));
        Assert.Equal(vector.Packet, Convert.ToHexStringLower(bytes.AsSpan(RelayPacket.HeaderSize)));
        var again = bytes.ToArray();
        header.Write(again);
        Assert.Equal(bytes, again);
    }

    [Fact]
    public void Passes_packets_between_the_two_and_nothing_grows()
    {
        var (a, b) = Allocate();
        var there = Packet(a, 100);
        Assert.True(_relay.TryForward(_now, A, there, there.Length, out var to));
        Assert.Equal((B, b), (to, Header(there)));
        Assert.Equal(RelayPacket.HeaderSize + 100, there.Length);
        Assert.True(_relay.TryForward(_now, B, there, there.Length, out to)); // it bears the number of B's side now
        Assert.Equal((A, a), (to, Header(there)));
        Assert.Equal(2 * there.Length, _relay.BytesForwarded);
    }

    [Fact]
    public void Passes_a_batch_whole_and_only_if_it_is_all_of_one_allocation()
    {
        var (a, b) = Allocate();
        byte[] batch = [.. Packet(a, 100), .. Packet(a, 100), .. Packet(a, 7)];
        Assert.True(_relay.TryForward(_now, A, batch, 109, out var to));
        Assert.Equal(B, to);
        foreach (var range in new Segments(batch.Length, 109)) Assert.Equal(b, Header(batch[range]));

        byte[] mixed = [.. Packet(a, 100), .. Packet(a + 1, 100)];
        Assert.False(_relay.TryForward(_now, A, mixed, 109, out _));
        byte[] stump = [.. Packet(a, 100), 9, 0];
        Assert.False(_relay.TryForward(_now, A, stump, 109, out _));
    }

    [Fact]
    public void Nothing_comes_from_an_address_without_a_line()
    {
        var (a, b) = Allocate();
        Assert.False(_relay.TryForward(_now, B, Packet(a, 10), 19, out _)); // the other side's number
        Assert.False(_relay.TryForward(_now, At("203.0.113.5:5000"), Packet(a, 10), 19, out _));
        Assert.False(_relay.TryForward(_now, A with { Port = 5001 }, Packet(a, 10), 19, out _));
        Assert.False(_relay.TryForward(_now, A, Packet(a ^ b, 10), 19, out _));
        Assert.Equal(4, _relay.Dropped);
    }

    [Fact]
    public void Follows_a_line_that_moves_and_ends_with_one_that_closes()
    {
        var (a, b) = Allocate();
        var moved = At("192.0.2.77:1234");
        _relay.Moved(LineA, moved);
        Assert.False(_relay.TryForward(_now, A, Packet(a, 10), 19, out _));
        Assert.True(_relay.TryForward(_now, B, Packet(b, 10), 19, out var to));
        Assert.Equal(moved, to);
        _relay.Closed(LineA);
        Assert.False(_relay.TryForward(_now, B, Packet(b, 10), 19, out _));
        Assert.Equal(0, _relay.Count);
        _relay.Closed(LineB); // nothing of it is left there
    }

    [Fact]
    public void Forwards_no_more_bytes_than_its_rate()
    {
        var (a, _) = Allocate();
        var sent = 0L;
        for (var tenth = 0; tenth < 100; tenth++) // ten seconds
        {
            for (var i = 0; i < 1_000; i++)
                if (_relay.TryForward(_now, A, Packet(a, 1_000), 1_009, out _)) sent += 1_009;
            Pass(TimeSpan.FromMilliseconds(100));
        }

        var rate = new RelayLimits().BytesPerSecond;
        Assert.InRange(sent, 9 * rate, 11 * rate);
    }

    [Fact]
    public void Ends_when_it_is_not_used_and_a_line_has_only_so_many()
    {
        var (a, _) = Allocate();
        Pass(new RelayLimits().IdleExpiry);
        Assert.False(_relay.TryForward(_now, A, Packet(a, 10), 19, out _));

        var made = 0;
        for (var i = 0; i < 100; i++) if (_relay.TryAllocate(_now, LineC, RelayEnd.At(A), new((ulong)(10 + i)), RelayEnd.At(B), out _, out _)) made++;
        Assert.Equal(new RelayLimits().PairsPerLine, made);
    }

    private (ulong A, ulong B) Allocate()
    {
        Assert.True(_relay.TryAllocate(_now, LineA, RelayEnd.At(A), LineB, RelayEnd.At(B), out var a, out var b));
        Assert.NotEqual(a, b);
        return (a, b);
    }

    private void Pass(TimeSpan time) => _now = new(_now.Mono + time, _now.Utc + time);

    private static byte[] Packet(ulong allocation, int length)
    {
        var bytes = new byte[RelayPacket.HeaderSize + length];
        new RelayPacket(allocation).Write(bytes);
        return bytes;
    }

    private static ulong Header(ReadOnlySpan<byte> datagram)
    {
        Assert.True(RelayPacket.TryRead(datagram, out var header));
        return header.Allocation;
    }
}
