using Hawser.Crypto;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Transport;

/// <summary>Rules of the security review that no other test of this folder shows by name; docs/checks/transport.md lists them all.</summary>
public class TransportRulesTests
{
    [Theory]
    [InlineData(22u, 22u, true)]
    [InlineData(22u, 23u, false)]
    [InlineData(26u, 26u, true)]
    [InlineData(99u, 26u, true)]
    [InlineData(99u, 27u, false)]
    public void An_initiator_solves_22_bits_or_what_it_was_told_and_27_never(uint most, uint asked, bool taken)
    {
        var sides = new ConnectSides();
        var options = new ConnectOptions { Key = sides.CallerKey, MaxDifficulty = most };
        var caller = new CallingSide(new(sides.Now, new SimRandom(1), options, sides.Request)) { Solves = false };
        var challenge = new ChallengeResponse(caller.Inner.NonceI, 1, 2, asked, 3, null, []).ToArray();
        caller.Receive(sides.Now, Route.Udp(ConnectSides.HostAddress), challenge);
        Assert.Equal(taken ? 1 : 0, caller.Puzzles);
        if (taken) return;
        for (var i = 1; i <= 4; i++) caller.Tick(sides.Now with { Mono = new(i * 2_500_000) });
        Assert.Equal(ConnectFailure.PuzzleTooHard, caller.Failure);
    }

    [Theory]
    [InlineData(null, 0u, true)]
    [InlineData(4u, 4u, false)]
    [InlineData(4u, 5u, true)]
    public void A_puzzle_is_solved_without_asking_up_to_what_was_said(uint? atOnce, uint asked, bool asks)
    {
        var sides = new ConnectSides();
        var options = new ConnectOptions { Key = sides.CallerKey, SolvesAtOnce = atOnce };
        var caller = new CallingSide(new(sides.Now, new SimRandom(1), options, sides.Request)) { Solves = false };
        var (buffer, route) = (new byte[2_048], Route.Udp(ConnectSides.HostAddress));
        Assert.True(caller.TryTransmit(sides.Now, buffer, out _));
        caller.Receive(sides.Now, route, new ChallengeResponse(caller.Inner.NonceI, 1, 2, asked, 3, null, []).ToArray());
        Assert.Equal(asks ? 1 : 0, caller.Puzzles);
        Assert.Equal(!asks, caller.TryTransmit(sides.Now, buffer, out var sent));
        if (asks) return;
        Assert.True(ConnectCall.TryRead(buffer.AsSpan(0, sent.Length), out var call));
        Assert.True(call.Puzzle.IsSolvedBy(call.X));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_names_are_keys_nobody_is_asked_and_an_unknown_name_meets_silence(bool known)
    {
        var sides = new ConnectSides(hostOptions: options => options with { KeyOf = name => known ? new ConnectSides().CallerKey.Public : null });
        sides.Host.Known.Clear(); // who is asked says no
        sides.ToHost(sides.Packet3());
        Assert.Equal(known ? 1 : 0, sides.Host.Requests.Count);
        Assert.Equal(known ? 1 : 0, sides.FromHost().Count);
        Assert.Equal(known ? 0 : 1, sides.Host.Inner.Dropped(ConnectDrop.UnknownName));
    }

    [Fact]
    public void Response_data_that_changes_while_a_puzzle_is_solved_spoils_no_handshake()
    {
        var sides = new ConnectSides();
        var call = sides.Packet3();
        sides.Host.Inner.ResponseData = [7, 7, 7];
        sides.Wait(TimeSpan.FromSeconds(31)); // the new epoch tells the new data; the request is of the old one
        sides.ToHost(call);
        sides.ToCaller(sides.FromHost().Single());
        Assert.NotNull(sides.Caller.Value);
    }

    [Fact]
    public void Spoofed_questions_make_no_puzzle_harder_and_hold_no_memory()
    {
        var sides = new ConnectSides();
        var question = sides.FromCaller().Single();
        for (var i = 0; i < 20_000; i++)
        {
            sides.ToHost(question, HostPort.Read([(byte)(1 + (i >> 16)), (byte)(i >> 8 & 0xFF), (byte)(i & 0xFF), 9], 7));
            sides.FromHost();
        }

        var before = Held.By(sides.Host);
        for (var i = 0; i < 20_000; i++)
        {
            sides.ToHost(question, HostPort.Read([(byte)(100 + (i >> 16)), (byte)(i >> 8 & 0xFF), (byte)(i & 0xFF), 9], 7));
            sides.FromHost();
        }

        Assert.Equal(before, Held.By(sides.Host));
        sides.ToHost(question);
        sides.ToCaller(sides.FromHost().Single());
        sides.ToHost(sides.FromCaller().Single());
        Assert.True(Held.By(sides.Host) > before, "who has solved the puzzle is remembered");
        sides.Wait(TimeSpan.FromSeconds(31));
        sides.ToHost(question);
        Assert.Equal(ConnectEpoch.IdleDifficulty, sides.Host.Inner.Difficulty);
    }

    [Fact]
    public void An_answer_to_a_stranger_leaves_no_garbage()
    {
        var sides = new ConnectSides();
        var question = sides.FromCaller().Single();
        var buffer = new byte[2_048];
        void Ask(int first)
        {
            for (var i = first; i < first + 1_000; i++)
            {
                sides.Host.Inner.Receive(sides.Now, Route.Udp(HostPort.Read([9, (byte)(i >> 8), (byte)(i & 0xFF), 9], 7)), question);
                sides.Host.Inner.TryTransmit(sides.Now, buffer, out _);
            }
        }

        Ask(0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Ask(1_000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_network_gets_two_hundred_answers_in_a_second_and_others_theirs()
    {
        var sides = new ConnectSides();
        var question = sides.FromCaller().Single();
        for (var i = 0; i < 1_000; i++) sides.ToHost(question, HostPort.Read([192, 0, 2, (byte)(i % 250)], (ushort)(1_000 + i)));
        Assert.Equal(200, sides.FromHost().Count);
        Assert.Equal(800, sides.Host.Inner.Dropped(ConnectDrop.RateLimited));
        sides.ToHost(question, HostPort.Read([198, 51, 100, 1], 5));
        Assert.Single(sides.FromHost());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_nonce_ever_serves_two_texts(bool isWide)
    {
        var link = new SimLink(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(20), Loss: 0.2, Duplication: 0.1);
        var pair = new ConnectionPair(3, link, lastI: (1 << 20) - 40, isWide: isWide).Opened();
        for (var i = 0; i < 300; i++)
        {
            pair.I.Connection.Send(BitConverter.GetBytes(i));
            pair.H.Connection.Write(0, new byte[500]);
            pair.Run(10);
        }

        pair.I.Connection.Close(pair.Now, CloseReason.DisconnectCall);
        pair.Run(2_000);
        var texts = new Dictionary<(string From, string Nonce), string>();
        foreach (var (from, packet) in pair.Network.Trace.Select(line => line.Split(' ')).Select(words => (words[1], words[^1])))
        {
            var bytes = Convert.FromHexString(packet);
            var nonce = bytes[0] == 5 ? $"5 {packet[42..50]}" : isWide ? WideNonce(bytes) : NarrowNonce(bytes);
            Assert.Equal(texts.GetValueOrDefault((from, nonce), packet), packet);
            texts[(from, nonce)] = packet;
        }

        Assert.True(texts.Count > 500);
        Assert.Contains(texts.Keys, key => key.Nonce[0] == '5');

        static string WideNonce(byte[] bytes)
        {
            Assert.True(PacketHeader.TryRead(bytes, 8, out var header));
            return header.IsControl ? $"1 {header.Counter}" : $"0 {header.Sequence}";
        }

        // Below 2,048 packets of a direction the lower bits say which one it is.
        static string NarrowNonce(byte[] bytes)
        {
            Assert.True(NarrowHeader.TryRead(bytes, 8, out var header));
            return header.IsControl ? $"1 {header.Counter}" : $"0 {header.Sequence}";
        }
    }

    [Fact]
    public void A_counter_at_its_end_closes_the_connection()
    {
        var pair = new ConnectionPair(4);
        var setup = ConnectionPair.Setup(true, Aead.Aes256Gcm, default, default, 0, 0, 64) with { LastCounter = (1L << 31) - 3 };
        var machine = new ConnectionMachine(pair.Now, setup, new SimRandom(4));
        var buffer = new byte[65_536];
        for (var i = 0; i < 20 && machine.Connection.State is ConnectionState.Open; i++)
        {
            while (machine.TryTransmit(pair.Now with { Mono = new(i * 300_000) }, buffer, out _)) { }
            machine.Tick(pair.Now with { Mono = new((i + 1) * 300_000) });
        }

        Assert.Equal(CloseReason.KeysSpent, Assert.Single(machine.All<EndpointEvent.Closed>()).Reason);
    }

    [Fact]
    public void Where_the_gaps_do_not_fit_less_is_told_and_nothing_that_arrived_counts_as_lost()
    {
        var ranges = new ReceiveRanges(0);
        for (var s = 2L; s <= 600; s += 2) Assert.True(ranges.TryAdd(s, new(0)));
        Assert.True(ranges.Decide(new(1_000_000), TimeSpan.FromMilliseconds(1)));
        Assert.Equal(600, ranges.Top);

        Span<byte> bytes = new byte[1_200];
        var told = new HashSet<long>();
        var highest = 0L;
        for (var round = 0; round < 10 && highest < 600; round++)
        {
            var writer = new SpanWriter(bytes);
            ranges.WriteAck(ref writer, 0);
            var reader = new SpanReader(bytes[1..writer.Written]);
            Assert.True(AckFrame.TryRead(ref reader, out var ack));
            Assert.True(ack.Ranges.Length / AckFrame.RangeSize <= AckFrame.MaxRanges);
            var below = (long)ack.Base;
            var all = ack.Ranges;
            while (AckFrame.TryTakeRange(ref all, out var gap, out var length))
            {
                for (var s = below + gap + 1; s <= below + gap + length; s++) told.Add(s);
                below += gap + length;
            }

            for (var s = highest + 1; s <= ack.Top; s++) Assert.Equal(s % 2 == 0, told.Contains(s));
            Assert.True(ack.Top > highest, "it goes on");
            ranges.Confirm(highest = ack.Top);
        }

        Assert.Equal(600, highest);
    }
}
