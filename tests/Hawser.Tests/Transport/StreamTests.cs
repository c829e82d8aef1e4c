using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

public class StreamTests
{
    private static readonly SimLink Bad = new(
        TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(30), Loss: 0.3, Duplication: 0.3);

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 25)];

    [Theory, MemberData(nameof(Seeds))]
    public void Bytes_arrive_as_they_were_written(int seed)
    {
        var pair = new ConnectionPair((ulong)seed, Bad).Opened();
        var transfers = new[]
        {
            new Transfer(pair.I, pair.H, pair.I.Connection.OpenStream(), 200_000, seed),
            new Transfer(pair.I, pair.H, pair.I.Connection.OpenStream(), 1_000, seed + 1),
            new Transfer(pair.H, pair.I, pair.H.Connection.OpenStream(), 50_000, seed + 2),
            new Transfer(pair.I, pair.H, pair.I.Connection.OpenStream(), 0, seed + 3),
        };
        Finish(pair, transfers, 400_000);
    }

    [Fact]
    public void The_control_stream_is_always_open()
    {
        var pair = new ConnectionPair().Opened();
        pair.I.Connection.Write(0, "hello"u8);
        pair.H.Connection.Write(0, "welcome"u8);
        pair.Run(100);
        var target = new byte[10];
        Assert.Equal(5, pair.H.Connection.Read(0, target));
        Assert.Equal(7, pair.I.Connection.Read(0, target));
        Assert.Equal(new EndpointEvent.StreamReadable(pair.H.Connection.Id, 0), Assert.Single(pair.H.All<EndpointEvent.StreamReadable>()));
        Assert.Throws<ArgumentOutOfRangeException>(() => pair.I.Connection.Finish(0));
    }

    [Fact]
    public void A_lost_packet_holds_up_its_own_stream_only()
    {
        var pair = new ConnectionPair().Opened();
        var (first, second) = (pair.I.Connection.OpenStream(), pair.I.Connection.OpenStream());
        pair.H.Filter = _ => false;
        pair.I.Connection.Write(first, "lost"u8);
        pair.Run(12);
        pair.H.Filter = null;
        pair.I.Connection.Write(second, "here"u8);
        pair.Run(12);
        var target = new byte[10];
        Assert.Equal(0, pair.H.Connection.Read(first, target));
        Assert.Equal(4, pair.H.Connection.Read(second, target));
        pair.Run(1_000);
        Assert.Equal(4, pair.H.Connection.Read(first, target));
    }

    [Fact]
    public void A_reader_that_stops_stops_the_writer_and_no_one_else()
    {
        var pair = new ConnectionPair().Opened();
        var (stuck, other) = (pair.I.Connection.OpenStream(), pair.I.Connection.OpenStream());
        var block = new byte[1 << 20];
        var written = 0L;
        for (var i = 0; i < 100; i++)
        {
            written += pair.I.Connection.Write(stuck, block);
            pair.Run(200);
        }

        Assert.Equal(16 << 20, written); // one window there, one buffer here
        Assert.Empty(pair.I.All<EndpointEvent.StreamWritable>());
        var transfer = new Transfer(pair.I, pair.H, other, 3_000_000, 1);
        Finish(pair, [transfer], 60_000);

        var target = new byte[1 << 20];
        for (var i = 0; i < 200 && pair.H.Connection.Read(stuck, target) is var count; i++)
        {
            written -= count;
            pair.Run(100);
        }

        Assert.Equal(0, written);
        Assert.NotEmpty(pair.I.All<EndpointEvent.StreamWritable>());
    }

    [Fact]
    public void Half_a_stream_may_be_closed()
    {
        var pair = new ConnectionPair(3, Bad).Opened();
        var stream = pair.I.Connection.OpenStream();
        pair.I.Connection.Write(stream, "question"u8);
        pair.I.Connection.Finish(stream);
        pair.Run(3_000);
        var target = new byte[100];
        Assert.Equal(new EndpointEvent.StreamOpened(pair.H.Connection.Id, stream), Assert.Single(pair.H.All<EndpointEvent.StreamOpened>()));
        Assert.False(pair.H.Connection.IsAtEnd(stream));
        Assert.Equal(8, pair.H.Connection.Read(stream, target));
        Assert.True(pair.H.Connection.IsAtEnd(stream));
        Assert.Equal(6, pair.H.Connection.Write(stream, "answer"u8));
        pair.H.Connection.Finish(stream);
        pair.Run(3_000);
        Assert.Equal(6, pair.I.Connection.Read(stream, target));
        Assert.True(pair.I.Connection.IsAtEnd(stream));
        Assert.Equal(0, pair.I.Connection.Write(stream, "too late"u8));
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void A_reset_ends_both_directions(int seed)
    {
        var pair = new ConnectionPair((ulong)seed, Bad).Opened();
        var stream = pair.I.Connection.OpenStream();
        pair.I.Connection.Write(stream, new byte[100_000]);
        pair.Run(50 * seed);
        pair.I.Connection.Reset(stream);
        pair.Run(5_000);
        Assert.Single(pair.H.All<EndpointEvent.StreamReset>());
        Assert.Empty(pair.I.All<EndpointEvent.StreamReset>());
        Assert.Equal(0, pair.H.Connection.Write(stream, [1]));
        Assert.True(pair.H.Connection.IsAtEnd(stream));
        Finish(pair, [new Transfer(pair.I, pair.H, pair.I.Connection.OpenStream(), 20_000, seed)], 60_000);
    }

    [Fact]
    public void Streams_come_and_go_without_end()
    {
        var pair = new ConnectionPair().Opened();
        for (var i = 0; i < 40; i++)
        {
            var transfers = Enumerable.Range(0, 10).SelectMany(n => new Transfer[]
            {
                new(pair.I, pair.H, pair.I.Connection.OpenStream(), 2_000, n),
                new(pair.H, pair.I, pair.H.Connection.OpenStream(), 2_000, n),
            }).ToArray();
            Finish(pair, transfers, 5_000);
        }
    }

    [Fact]
    public void More_streams_than_the_peer_allows_wait_for_their_turn()
    {
        var pair = new ConnectionPair().Opened();
        var transfers = Enumerable.Range(0, 300)
            .Select(n => new Transfer(pair.I, pair.H, pair.I.Connection.OpenStream(), 100, n)).ToArray();
        Finish(pair, transfers, 20_000);
    }

    [Fact]
    public void Two_percent_of_reordering_costs_nothing()
    {
        var pair = new ConnectionPair(2, new(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(4))).Opened();
        Finish(pair, [new Transfer(pair.I, pair.H, pair.I.Connection.OpenStream(), 3_000_000, 1)], 30_000);
        Assert.Equal(0, pair.I.Connection.PacketsLost);
    }

    private static void Finish(ConnectionPair pair, Transfer[] transfers, int milliseconds)
    {
        for (var elapsed = 0; elapsed < milliseconds && !transfers.All(t => t.IsOver); elapsed += 5)
        {
            foreach (var transfer in transfers) transfer.Step();
            pair.Run(5);
        }

        Assert.All(transfers, t => Assert.True(t.IsOver, t.ToString()));
    }

    /// <summary>Writes random bytes at one end, reads and compares at the other; ends both halves.</summary>
    private sealed class Transfer(ConnectionMachine from, ConnectionMachine to, uint stream, int length, int seed)
    {
        private readonly byte[] _bytes = Bytes(length, seed);
        private readonly byte[] _target = new byte[10_000];
        private int _written, _read;
        private bool _finished;

        public bool IsOver { get; private set; }

        public void Step()
        {
            if (IsOver) return;
            _written += from.Connection.Write(stream, _bytes.AsSpan(_written, Math.Min(7_777, length - _written)));
            if (_written == length && !_finished)
            {
                from.Connection.Finish(stream);
                _finished = true;
            }

            while (to.Connection.Read(stream, _target) is > 0 and var count)
            {
                Assert.True(_target.AsSpan(0, count).SequenceEqual(_bytes.AsSpan(_read, count)), "other bytes");
                _read += count;
            }

            // A stream that was not heard of yet looks like one that is gone.
            if (!to.All<EndpointEvent.StreamOpened>().Any(o => o.Stream == stream) || !to.Connection.IsAtEnd(stream)) return;
            to.Connection.Finish(stream);
            IsOver = _read == length;
        }

        public override string ToString() => $"stream {stream}: {_written} written, {_read} read of {length}";

        private static byte[] Bytes(int length, int seed)
        {
            var bytes = new byte[length];
            new SimRandom((ulong)seed).Fill(bytes);
            return bytes;
        }
    }
}
