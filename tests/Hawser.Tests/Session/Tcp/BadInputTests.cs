using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Net.Tcp;
using Hawser.Session;
using Hawser.Session.Tcp;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Hawser.Wire;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Hawser.Tests.Session.Tcp;

/// <summary>session.md §5.7 and §5.8: what is bad ends in silence, a count and a note; and nobody else suffers for it.</summary>
public sealed class BadInputTests
{
    private static readonly DateTimeOffset Later = DateTimeOffset.UnixEpoch.AddDays(2);

    private readonly TcpWorld _world = new();
    private readonly TcpSide _host;
    private readonly DhKeyPair _own = DhKeyPair.Generate(new SimRandom(77));
    private readonly Tickets _tickets = new();

    public BadInputTests()
    {
        _host = _world.Add(1);
        _host.Admits = asked => asked.Letter is HandshakeLetter.N || (TicketShown.TryRead(asked.ConnectData, out var shown)
            && TicketDesk.Redeem(_world.Now, _tickets, shown.Token, asked.PeerKey) is TicketVerdict.Ok or TicketVerdict.AlreadyYours);
    }

    [Fact]
    public void An_invalid_ticket() => Refuses(Token(1), TicketVerdict.Unknown);

    [Fact]
    public void An_expired_ticket()
    {
        _tickets.Give(Token(1), _world.Now.Utc);
        Refuses(Token(1), TicketVerdict.Expired);
    }

    [Fact]
    public void A_used_ticket()
    {
        _tickets.Give(Token(1), Later);
        _tickets.TryBind(Ticket.Hash(Token(1)), DhKeyPair.Generate(new SimRandom(5)).Public, _world.Now.Utc);
        Refuses(Token(1), TicketVerdict.Used);
    }

    [Fact]
    public void A_revoked_ticket()
    {
        _tickets.Give(Token(1), Later, revoked: true);
        Refuses(Token(1), TicketVerdict.Unknown);
    }

    [Fact]
    public void A_ticket_for_another_purpose()
    {
        _tickets.Give(Token(1), Later, purpose: TicketPurpose.Receive);
        Refuses(Token(1), TicketVerdict.WrongPurpose);
    }

    [Fact]
    public void A_ticket_for_another_person()
    {
        _tickets.Give(Token(1), Later, only: DhKeyPair.Generate(new SimRandom(6)).Public);
        Refuses(Token(1), TicketVerdict.WrongPerson);
    }

    [Fact]
    public void What_is_no_ticket_at_all()
    {
        var stranger = Show([1, 2, 3]);
        Silenced(stranger, TcpDrop.Refused);
    }

    [Fact]
    public void An_altered_N()
    {
        var (n, k) = Letters(1);
        n[40] ^= 1;
        Silenced(Call(n, k), TcpDrop.NotOpened);
        Assert.Empty(_host.Told);
    }

    [Fact]
    public void An_N_before_the_K_of_another()
    {
        var (n, _) = Letters(1);
        var (_, k) = Letters(2);
        Silenced(Call(n, k), TcpDrop.NotOpened);
        Assert.Empty(_host.Told.OfType<EndpointEvent.Requested>());
    }

    [Fact]
    public void An_altered_K()
    {
        var (n, k) = Letters(1);
        k[^1] ^= 1;
        Silenced(Call(n, k), TcpDrop.NotOpened);
    }

    [Fact]
    public void N_and_K_replayed()
    {
        var (n, k) = Letters(1);
        var first = Call(n, k);
        Assert.NotEmpty(first.Heard); // a good one is answered…
        Silenced(Call(n, k), TcpDrop.Replayed); // …once
        Assert.Empty(_host.Told.OfType<EndpointEvent.Established>()); // and neither does anything
        _world.Pass(TimeSpan.FromMinutes(9));
        Silenced(Call(n, k), TcpDrop.Replayed, 2);
    }

    [Fact]
    public void N_and_K_replayed_after_the_guard_forgot_are_answered_and_do_nothing()
    {
        var (n, k) = Letters(1);
        Call(n, k);
        _world.Pass(TimeSpan.FromHours(1));
        var again = Call(n, k);
        _world.Pass(TimeSpan.FromSeconds(6));

        Assert.NotEmpty(again.Heard);
        Assert.True(again.HasEnded);
        Assert.Empty(_host.Told.OfType<EndpointEvent.Established>());
        Assert.Equal(2, _host.Channels.Dropped(TcpDrop.TooSlow));
    }

    [Fact]
    public void A_ticket_replayed()
    {
        _tickets.Give(Token(1), Later);
        var i = LetterI(new TicketShown { Token = Token(1) }.Write());
        Assert.NotEmpty(Say('I', i).Heard);
        Silenced(Say('I', i), TcpDrop.Replayed);
    }

    [Fact]
    public void A_name_that_may_not_in()
    {
        _host.Knows = _ => null;
        var (n, k) = Letters(1);
        Silenced(Call(n, k), TcpDrop.UnknownName);
    }

    [Fact]
    public void A_K_that_another_key_made()
    {
        var exchange = InitiatorExchange.ByName(
            new SimRandom(3), _own, _host.Key.Public, new(_own.Public), StreamPrologue.Of((byte)'N', default, default), [])!;
        _host.Knows = _ => DhKeyPair.Generate(new SimRandom(4)).Public;
        Silenced(Call(exchange.First, exchange.Second), TcpDrop.NotOpened);
    }

    [Theory]
    [InlineData(0x8000_0000)]
    [InlineData(0xFFFF_FFFF)]
    [InlineData(8_193)]
    [InlineData(0)]
    public void An_oversized_frame_is_refused_by_its_length_alone(uint length)
    {
        var stranger = new Stranger(_host);
        stranger.Say([(byte)(length >> 24), (byte)(length >> 16 & 255), (byte)(length >> 8 & 255), (byte)(length & 255)]);
        Silenced(stranger, TcpDrop.BadLength);
    }

    [Fact]
    public void An_oversized_N()
    {
        var stranger = new Stranger(_host);
        stranger.Say(Stranger.Frame('N', new byte[512]));
        Silenced(stranger, TcpDrop.BadLength);
    }

    [Fact]
    public void A_slow_frame_ends_after_five_seconds()
    {
        var stranger = new Stranger(_host);
        var frame = Stranger.Frame('N', new byte[81]);
        for (var i = 0; i < 9; i++)
        {
            stranger.Say(frame[i..(i + 1)]);
            _world.Pass(TimeSpan.FromMilliseconds(500));
            Assert.False(stranger.HasEnded);
        }

        _world.Pass(TimeSpan.FromMilliseconds(500));
        Silenced(stranger, TcpDrop.TooSlow);
    }

    [Fact]
    public void A_slow_frame_inside_a_channel_ends_it_after_thirty_seconds()
    {
        var peer = _world.Add(2);
        peer.Connect(_host);
        _world.Settle();
        _host.Take(new LineId(1), [0, 0, 1]);
        _world.Pass(TimeSpan.FromSeconds(31));

        Assert.Equal(1, _host.Channels.Dropped(TcpDrop.TooSlow));
        IsTold(TcpDrop.TooSlow, 1);
        Assert.Single(_host.Told.OfType<EndpointEvent.Closed>());
    }

    [Fact]
    public void A_T_that_was_altered()
    {
        var peer = _world.Add(2);
        peer.Connect(_host);
        _world.Settle();
        _host.Take(new LineId(1), Stranger.Frame('T', new byte[40]));
        _world.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(1, _host.Channels.Dropped(TcpDrop.BadSeal));
        IsTold(TcpDrop.BadSeal, 1);
        Assert.Equal(CloseReason.ProtocolError, _host.Single<EndpointEvent.Closed>().Reason);
        Assert.Equal(0, _host.Channels.Count);
    }

    [Fact]
    public void A_flood_of_half_open_connections_does_not_keep_an_honest_one_out()
    {
        var flood = Enumerable.Range(0, 5_000).Select(i => new Stranger(_host, HostPort.Read([203, (byte)(i / 250 % 250), (byte)(i % 250), 7], 7))).ToArray();
        foreach (var one in flood) one.Say([0, 0]);
        _world.Settle();
        Assert.True(_host.Channels.Count <= 5_000);

        var honest = _world.Add(2);
        honest.Connect(_host);
        _world.Settle();
        Assert.Single(honest.Told.OfType<EndpointEvent.Established>());

        _world.Pass(TimeSpan.FromSeconds(6));
        Assert.Equal(1, _host.Channels.Count);
        Assert.All(flood, one => Assert.True(one.HasEnded && one.Heard.Count == 0));
        Assert.Equal(5_000, _host.Channels.Dropped(TcpDrop.NoRoom) + _host.Channels.Dropped(TcpDrop.TooSlow));
        Assert.True(_host.Channels.Dropped(TcpDrop.NoRoom) >= 3_976);
        var log = new CapturedLog();
        var notes = new TcpNotes(TimeProvider.System, log);
        foreach (var note in _host.Notes) notes.Take(note);
        Assert.True(log.Lines.Count < 100); // a flood does not fill the log
        Assert.Contains(log.Lines, line => line.Text.Contains("it was the slowest", StringComparison.Ordinal));
        Assert.Equal(5_000, notes.Counts.Sum(count => count.Count));
    }

    [Fact]
    public void A_flood_of_handshakes_from_one_address_meets_its_bucket_and_others_do_not()
    {
        _host.Knows = _ => null;
        for (var i = 0; i < 100; i++)
        {
            var (n, k) = Letters((ulong)i + 1);
            Call(n, k);
        }

        Assert.True(_host.Channels.Dropped(TcpDrop.RateLimited) >= 80);
        var pressed = _host.Notes.OfType<TcpNote.Pressed>().ToArray();
        Assert.Equal([5, 10, 20, 40, 80], pressed.Select(p => p.Failures));
        Assert.All(pressed, p => Assert.Equal(HostPort.Read([192, 0, 2, 66], 0), p.Address));
        IsTold(TcpDrop.RateLimited, (int)_host.Channels.Dropped(TcpDrop.RateLimited));

        _host.Knows = name => name.Key;
        var honest = _world.Add(2);
        honest.Connect(_host);
        _world.Settle();
        Assert.Single(honest.Told.OfType<EndpointEvent.Established>());
    }

    [Fact]
    public void An_address_under_pressure_is_slower_and_never_banned()
    {
        _host.Knows = _ => null;
        for (var i = 0; i < 50; i++)
        {
            var (n, k) = Letters((ulong)i + 1);
            Call(n, k);
        }

        _host.Knows = name => name.Key;
        _world.Pass(TimeSpan.FromSeconds(2));
        var (nn, kk) = Letters(1_000);
        Assert.NotEmpty(Call(nn, kk).Heard);
    }

    [Fact]
    public void An_address_with_an_open_channel_is_not_slowed()
    {
        var friend = _world.Add(2);
        friend.Connect(_host);
        _world.Settle();
        for (var i = 0; i < 30; i++) friend.Connect(_host);
        _world.Settle();

        Assert.Equal(31, friend.Told.OfType<EndpointEvent.Established>().Count());
    }

    [Fact]
    public void Silence_comes_after_a_delay_of_up_to_50_ms()
    {
        var delays = new HashSet<int>();
        for (var i = 0; i < 30; i++)
        {
            var stranger = new Stranger(_host);
            stranger.Say([0, 0, 0, 0]);
            _world.Settle();
            var waited = 0;
            for (; !stranger.HasEnded && waited <= 50; waited++) _world.Pass(TimeSpan.FromMilliseconds(1));
            Assert.True(stranger.HasEnded);
            delays.Add(waited);
        }

        Assert.True(delays.Count > 10 && delays.Max() - delays.Min() > 25);
    }

    [Fact]
    public void A_question_to_who_answers_none()
    {
        var asker = _world.Add(2);
        asker.Channels.Ask(_world.Now, _host.Address, _host.Key.Public, [1]);
        _world.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(1, _host.Channels.Dropped(TcpDrop.NotAnswered));
        IsTold(TcpDrop.NotAnswered, 1);
        Assert.Null(asker.Notes.OfType<TcpNote.Answered>().Single().Answer);
    }

    [Fact]
    public void Who_leaves_in_the_middle_is_forgotten()
    {
        var (n, _) = Letters(1);
        var stranger = new Stranger(_host);
        stranger.Say(Stranger.Frame('N', n));
        stranger.Leave();
        _world.Settle();

        Assert.Equal(0, _host.Channels.Count);
        Assert.Equal(1, _host.Channels.Dropped(TcpDrop.LeftEarly));
        IsTold(TcpDrop.LeftEarly, 1);
    }

    private static Token16 Token(byte seed) => Token16.Read(Enumerable.Repeat(seed, 16).ToArray());

    private void Refuses(Token16 token, TicketVerdict verdict)
    {
        Assert.Equal(verdict, TicketDesk.Redeem(_world.Now, _tickets, token, _own.Public));
        Silenced(Show(new TicketShown { Token = token, Name = "mallory" }.Write()), TcpDrop.Refused);
    }

    private void Silenced(Stranger stranger, TcpDrop reason, int times = 1)
    {
        _world.Pass(TimeSpan.FromMilliseconds(60));
        Assert.Empty(stranger.Heard);
        Assert.True(stranger.HasEnded);
        Assert.Equal(times, _host.Channels.Dropped(reason));
        Assert.Equal(times, _host.Notes.OfType<TcpNote.Silenced>().Count(note => note.Reason == reason));
        IsTold(reason, times);
    }

    // What the owner sees: a line in the log that says why, a count in status, and nothing that tells who or which key.
    private void IsTold(TcpDrop reason, int times)
    {
        var log = new CapturedLog();
        var notes = new TcpNotes(TimeProvider.System, log);
        foreach (var note in _host.Notes) notes.Take(note);
        var silenced = log.Lines.Where(line => line.Text.StartsWith("A TCP connection was ended in silence: ", StringComparison.Ordinal)).ToArray();
        Assert.Contains(silenced, line => line.Level is LogLevel.Information && line.Text.Contains(Lines[reason], StringComparison.Ordinal));
        Assert.Contains(notes.Counts, count => count.Count == times && count.Name.Replace("_", "", StringComparison.Ordinal).Equals(reason.ToString(), StringComparison.OrdinalIgnoreCase));
        log.KeepsSecret(_own.Public.ToString(), _host.Key.Public.ToString(), "192.0.2.66", "mallory");
    }

    private static readonly Dictionary<TcpDrop, string> Lines = new()
    {
        [TcpDrop.BadLength] = "a length that cannot be",
        [TcpDrop.TooSlow] = "too long",
        [TcpDrop.OutOfPlace] = "out of place",
        [TcpDrop.NotOpened] = "forged, altered or for somebody else",
        [TcpDrop.UnknownName] = "nobody who may in",
        [TcpDrop.Replayed] = "replayed a handshake",
        [TcpDrop.RateLimited] = "too many came from its address",
        [TcpDrop.Refused] = "its invitation is void",
        [TcpDrop.NotAnswered] = "what is not answered here",
        [TcpDrop.BadSeal] = "did not open",
        [TcpDrop.LeftEarly] = "left before it was let in",
    };

    private Stranger Show(byte[] shown) => Say('I', LetterI(shown));

    private byte[] LetterI(byte[] shown) =>
        InitiatorExchange.WithTicket(new SimRandom(11), _own, _host.Key.Public, StreamPrologue.Of((byte)'I', default, default), shown)!.First;

    private (byte[] N, byte[] K) Letters(ulong seed)
    {
        var exchange = InitiatorExchange.ByName(
            new SimRandom(1_000 + seed), _own, _host.Key.Public, new(_own.Public), StreamPrologue.Of((byte)'N', default, default), [])!;
        return (exchange.First, exchange.Second);
    }

    private Stranger Say(char letter, byte[] message)
    {
        var stranger = new Stranger(_host);
        stranger.Say(Stranger.Frame(letter, message));
        _world.Settle();
        return stranger;
    }

    private Stranger Call(byte[] n, byte[] k)
    {
        var stranger = new Stranger(_host);
        stranger.Say(Stranger.Frame('N', n), Stranger.Frame('K', k));
        _world.Settle();
        return stranger;
    }

    private sealed class Tickets : ITicketStore
    {
        private readonly Dictionary<Bytes32, TicketRow> _rows = [];

        public uint Generation => 1;

        public void Give(Token16 token, DateTimeOffset expires, bool revoked = false, TicketPurpose purpose = TicketPurpose.Join, DhPublicKey? only = null) =>
            _rows[Ticket.Hash(token)] = new(Ticket.Hash(token), expires, 1, null, revoked) { Purpose = purpose, Only = only };

        public TicketRow? Find(in Bytes32 tokenHash) => _rows.GetValueOrDefault(tokenHash);

        public bool TryBind(in Bytes32 tokenHash, in DhPublicKey key, DateTimeOffset at)
        {
            if (_rows[tokenHash].Key is not null) return false;
            _rows[tokenHash] = _rows[tokenHash] with { Key = key };
            return true;
        }
    }
}
