using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Session.Tcp;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Session.Tcp;

/// <summary>session.md §7: the licensed transitions, and that every other one ends in silence.</summary>
public sealed class ChannelStateTests
{
    private static readonly (ChannelState State, bool Initiates)[] Places =
    [
        (ChannelState.None, false), (ChannelState.Ticket, false), (ChannelState.Id, false), (ChannelState.Request, false),
        (ChannelState.Open, false), (ChannelState.Pending, true), (ChannelState.Open, true),
    ];

    private readonly TcpWorld _world = new();

    public static TheoryData<string, bool, char> EveryOther()
    {
        var data = new TheoryData<string, bool, char>();
        foreach (var (state, initiates) in Places)
        {
            foreach (var letter in "INKQATX\0")
            {
                var licensed = ChannelStates.SignalOf((byte)letter) is { } signal && ChannelStates.TryNext(state, initiates, signal, out _);
                if (!licensed) data.Add(state.ToString(), initiates, letter);
            }
        }

        return data;
    }

    [Theory, MemberData(nameof(EveryOther))]
    public void Every_packet_that_is_not_licensed_ends_the_channel_in_silence(string state, bool initiates, char letter)
    {
        var (side, line, heard) = Bring(Enum.Parse<ChannelState>(state), initiates);
        var (before, silenced) = (heard.Count, side.Notes.OfType<TcpNote.Silenced>().Count());
        side.Take(line, Stranger.Frame(letter, new byte[64]));
        _world.Pass(TimeSpan.FromMilliseconds(60));

        Assert.Equal(before, heard.Count);
        Assert.Equal(TcpDrop.OutOfPlace, side.Notes.OfType<TcpNote.Silenced>().Skip(silenced).First().Reason);
        Assert.Equal(1, side.Channels.Dropped(TcpDrop.OutOfPlace));
        Assert.Equal(0, side.Channels.Count);
        Assert.True(heard.HasEnded);
    }

    [Fact]
    public void The_table_is_that_of_the_page()
    {
        var rows = ChannelStates.Licensed.Select(t => $"{(t.Initiates ? "initiator" : "host")} {t.From} {t.Signal} {t.To}".ToLowerInvariant());
        Assert.Equal(
        [
            "host none i ticket", "host none n id", "host none q none", "host id k request", "host ticket accepted open",
            "host request accepted open", "host open t open", "initiator none start pending", "initiator pending a open",
            "initiator open t open",
        ], rows);
    }

    [Fact]
    public void From_every_state_the_end_leads_to_none()
    {
        foreach (var state in Enum.GetValues<ChannelState>())
        {
            foreach (var initiates in new[] { false, true })
            {
                Assert.True(ChannelStates.TryNext(state, initiates, ChannelSignal.Ended, out var to));
                Assert.Equal(ChannelState.None, to);
            }
        }
    }

    // A channel in that state whose other end is ours to speak for.
    private (TcpSide Side, LineId Line, Tap Heard) Bring(ChannelState state, bool initiates)
    {
        var side = _world.Add(1);
        side.Answers = false;
        var tap = new Tap();
        if (initiates)
        {
            // The host's answers are made by hand, so that its line can say what it likes.
            var host = new SimRandom(9);
            var key = DhKeyPair.Generate(host);
            var id = side.Channels.Connect(_world.Now, new()
            {
                Route = new(RouteKind.Line, HostPort.Read([9, 9, 9, 9], 9), 0), HostKey = key.Public, Letter = HandshakeLetter.I, ConnectData = [1],
            });
            Assert.True(side.Channels.TryTakeOrder(out var order));
            side.Attach(order.Line, tap);
            side.Channels.Connected(_world.Now, order.Line);
            _world.Settle();
            if (state is ChannelState.Open)
            {
                var message = tap.Bytes.ToArray().AsSpan(5);
                var exchange = HostExchange.OpenI(key, StreamPrologue.Of((byte)'I', default, default), message)!;
                side.Take(order.Line, Stranger.Frame('A', exchange.Answer(host, [], out _)!));
                _world.Settle();
            }

            Assert.Equal(state, side.Channels.StateOf(id));
            return (side, order.Line, tap);
        }

        var (entropy, own) = (new SimRandom(8), DhKeyPair.Generate(new SimRandom(7)));
        var line = side.Join(tap, HostPort.Read([192, 0, 2, 1], 1));
        if (state is ChannelState.Ticket)
        {
            var letter = InitiatorExchange.WithTicket(entropy, own, side.Key.Public, StreamPrologue.Of((byte)'I', default, default), [])!;
            side.Take(line, Stranger.Frame('I', letter.First));
        }
        else if (state is not ChannelState.None)
        {
            var letter = InitiatorExchange.ByName(entropy, own, side.Key.Public, new(own.Public), StreamPrologue.Of((byte)'N', default, default), [])!;
            side.Take(line, Stranger.Frame('N', letter.First));
            if (state is not ChannelState.Id) side.Take(line, Stranger.Frame('K', letter.Second));
        }

        _world.Settle();
        if (state is ChannelState.Open)
        {
            var connection = side.Single<EndpointEvent.KeyWanted>().Connection;
            side.Channels.AnswerKey(_world.Now, connection, own.Public);
            side.Channels.Accept(_world.Now, connection, []);
            _world.Settle();
            Assert.Equal(state, side.Channels.StateOf(connection));
        }

        return (side, line, tap);
    }

    private sealed class Tap : ITcpEnd
    {
        public List<byte> Bytes { get; } = [];

        public int Count => Bytes.Count;

        public bool HasEnded { get; private set; }

        void ITcpEnd.Bytes(ReadOnlySpan<byte> bytes) => Bytes.AddRange(bytes);

        public void Fin() => HasEnded = true;
    }
}
