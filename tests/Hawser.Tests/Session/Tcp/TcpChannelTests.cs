using System.Text;
using Hawser.Handshake;
using Hawser.Session;
using Hawser.Session.Tcp;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Session.Tcp;

/// <summary>session.md §5: what a channel over TCP does.</summary>
public sealed class TcpChannelTests
{
    private readonly TcpWorld _world = new();
    private readonly TcpSide _alice, _bob;

    public TcpChannelTests() => (_alice, _bob) = (_world.Add(1), _world.Add(2));

    [Fact]
    public void By_mutual_keys_both_ends_know_each_other_and_share_an_exporter()
    {
        var (mine, theirs) = Open();

        Assert.Equal(_bob.Key.Public, _alice.Single<EndpointEvent.Established>().PeerKey);
        Assert.Equal(_alice.Key.Public, _bob.Single<EndpointEvent.Established>().PeerKey);
        var (here, there) = (_alice.Channels.Describe(mine)!, _bob.Channels.Describe(theirs)!);
        Assert.Equal(here.Exporter, there.Exporter);
        Assert.Equal(RouteKind.Line, here.Route.Kind);
        Assert.Equal(HandshakeLetter.N, there.Letter);
    }

    [Fact]
    public void By_ticket_the_host_learns_the_key_and_what_was_shown()
    {
        _alice.Connect(_bob, HandshakeLetter.I, [1, 2, 3]);
        _world.Settle();

        var asked = _bob.Single<EndpointEvent.Requested>();
        Assert.Equal([1, 2, 3], asked.ConnectData);
        Assert.Equal(_alice.Key.Public, asked.PeerKey);
        Assert.Equal(HandshakeLetter.I, asked.Letter);
        Assert.Single(_alice.Told.OfType<EndpointEvent.Established>());
        Assert.Single(_bob.Told.OfType<EndpointEvent.Established>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000)]
    public void It_does_not_matter_in_what_pieces_bytes_arrive(int piece)
    {
        _world.Piece = piece;
        var (mine, theirs) = Open();
        Say(_alice, mine, new string('x', 3_000));
        _world.Settle();

        Assert.Equal(new string('x', 3_000), Heard(_bob, theirs));
    }

    [Fact]
    public void Nothing_is_told_to_the_host_before_the_first_T()
    {
        // A recorded K is answered, perhaps; but only who can read A goes on.
        _bob.Answers = false;
        _alice.Connect(_bob);
        _world.Settle();
        _bob.Channels.AnswerKey(_world.Now, _bob.Single<EndpointEvent.KeyWanted>().Connection, _alice.Key.Public);
        _world.Settle();
        var id = _bob.Single<EndpointEvent.Requested>().Connection;
        _bob.Channels.Accept(_world.Now, id, []);

        Assert.Empty(_bob.Told.OfType<EndpointEvent.Established>());
        Assert.Equal(ChannelState.Open, _bob.Channels.StateOf(id));
        _world.Settle();
        Assert.Single(_bob.Told.OfType<EndpointEvent.Established>());
    }

    [Fact]
    public void What_is_said_while_pending_is_delivered_on_open()
    {
        _bob.Answers = false;
        var id = _alice.Connect(_bob);
        Assert.Equal(4 + 1 + 3, Say(_alice, id, "one"));
        _world.Settle();
        Assert.Equal(ChannelState.Pending, _alice.Channels.StateOf(id));
        Say(_alice, id, "two");

        _bob.Answers = true;
        _bob.Channels.AnswerKey(_world.Now, _bob.Single<EndpointEvent.KeyWanted>().Connection, _alice.Key.Public);
        _world.Settle();

        Assert.Equal("one|two", Heard(_bob, _bob.Opened));
    }

    [Fact]
    public void While_pending_256_messages_wait_and_no_more()
    {
        _bob.Answers = false;
        var id = _alice.Connect(_bob);
        _world.Settle();

        var taken = Enumerable.Range(0, 300).Count(_ => Say(_alice, id, "x") > 0);

        Assert.Equal(256, taken);
    }

    [Fact]
    public void A_pending_connection_that_is_not_answered_fails_after_15_seconds()
    {
        _bob.Answers = false;
        _alice.Connect(_bob);
        _world.Pass(TimeSpan.FromSeconds(4));
        Assert.Empty(_alice.Told);
        _world.Pass(TimeSpan.FromSeconds(12));

        Assert.NotEqual(CloseReason.SelfDisconnect, _alice.Single<EndpointEvent.Closed>().Reason);
    }

    [Fact]
    public void Two_who_call_each_other_at_once_agree_on_one_channel_to_send_on()
    {
        _alice.Connect(_bob);
        _bob.Connect(_alice);
        _world.Settle();

        var here = _alice.Told.OfType<EndpointEvent.Established>().Select(e => _alice.Channels.Describe(e.Connection)!).ToArray();
        var there = _bob.Told.OfType<EndpointEvent.Established>().Select(e => _bob.Channels.Describe(e.Connection)!).ToArray();
        Assert.Equal(2, here.Length);
        Assert.Equal(2, there.Length);
        var (mine, theirs) = (here[0], there[0]);
        foreach (var other in here) if (ChannelChoice.IsBetter(other, mine)) mine = other;
        foreach (var other in there) if (ChannelChoice.IsBetter(other, theirs)) theirs = other;
        Assert.Equal(mine.Exporter, theirs.Exporter);
    }

    [Fact]
    public void Messages_of_up_to_a_mebibyte_arrive_whole()
    {
        var (mine, theirs) = Open();
        foreach (var length in new[] { 1, 65_517, 65_518, 65_519, 200_000, TcpOptions.MaxMessage - 1 })
        {
            var text = new string((char)('a' + length % 26), length);
            Say(_alice, mine, text);
            _world.Settle();
            Assert.Equal(text, Heard(_bob, theirs));
        }
    }

    [Fact]
    public void Streams_carry_more_than_their_window_in_both_directions_and_end()
    {
        var (mine, theirs) = Open();
        var (stream, sent, got, back) = (_alice.Channels.OpenStream(_world.Now, mine), 0, 0, 0);
        const int All = 10_000_000;
        var (block, buffer) = (new byte[100_000], new byte[300_000]);
        bool ended = false, endedBack = false;
        for (var round = 0; round < 10_000 && !endedBack; round++)
        {
            if (sent < All) sent += _alice.Channels.Write(_world.Now, mine, stream, block.AsSpan(0, Math.Min(block.Length, All - sent)));
            if (sent == All) _alice.Channels.Finish(_world.Now, mine, stream);
            _world.Settle();
            if (!ended)
            {
                var count = _bob.Channels.Read(_world.Now, theirs, stream, buffer, out ended);
                got += count;
                Assert.Equal(count, _bob.Channels.Write(_world.Now, theirs, stream, buffer.AsSpan(0, count)));
                if (ended) _bob.Channels.Finish(_world.Now, theirs, stream);
            }

            _world.Settle();
            back += _alice.Channels.Read(_world.Now, mine, stream, buffer, out endedBack);
        }

        Assert.Equal((All, All), (got, back));
        Assert.Single(_bob.Told.OfType<EndpointEvent.StreamOpened>());
    }

    [Fact]
    public void A_stream_that_is_not_read_holds_up_only_itself()
    {
        var (mine, theirs) = Open();
        var (slow, quick) = (_alice.Channels.OpenStream(_world.Now, mine), _alice.Channels.OpenStream(_world.Now, mine));
        for (var i = 0; i < 40; i++)
        {
            _alice.Channels.Write(_world.Now, mine, slow, new byte[100_000]);
            _world.Settle();
        }

        _alice.Channels.Write(_world.Now, mine, quick, "quick"u8);
        _world.Settle();

        Assert.Equal("quick", _bob.ReadText(theirs, quick));
        Assert.Equal(TcpStream.Window, _bob.ReadText(theirs, slow).Length);
    }

    [Fact]
    public void A_reset_reaches_the_other_side_and_bytes_under_way_do_no_harm()
    {
        var (mine, theirs) = Open();
        var stream = _alice.Channels.OpenStream(_world.Now, mine);
        _alice.Channels.Write(_world.Now, mine, stream, "hello"u8);
        _world.Settle();
        _alice.Channels.Write(_world.Now, mine, stream, "more"u8);
        _bob.Channels.Reset(_world.Now, theirs, stream);
        _world.Settle();

        Assert.Equal(stream, _alice.Single<EndpointEvent.StreamReset>().Stream);
        Assert.True(_alice.Channels.IsAtEnd(mine, stream));
        Say(_alice, mine, "still here");
        _world.Settle();
        Assert.Equal("still here", Heard(_bob, theirs));
    }

    [Fact]
    public void Datagrams_arrive_in_order_and_each_has_its_verdict()
    {
        var (mine, theirs) = Open();
        for (byte i = 0; i < 5; i++) Assert.Equal(new(SendStatus.Sent, i + 1ul), _alice.Channels.Send(_world.Now, mine, [i]));
        _world.Settle();

        Assert.Equal([0, 1, 2, 3, 4], _bob.Told.OfType<EndpointEvent.DatagramReceived>().Select(d => d.Bytes[0]));
        Assert.Equal([1ul, 2, 3, 4, 5], _alice.Told.OfType<EndpointEvent.DeliveryNotified>().Where(v => v.Delivered).Select(v => v.Sequence));
        Assert.Equal(SendStatus.TooLarge, _alice.Channels.Send(_world.Now, mine, new byte[1_201]).Status);
    }

    [Fact]
    public void Only_the_host_closes_an_idle_channel_after_60_seconds()
    {
        Open();
        _world.Pass(TimeSpan.FromSeconds(59));
        Assert.Empty(_alice.Told.OfType<EndpointEvent.Closed>());
        _world.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(CloseReason.SelfDisconnect, _bob.Single<EndpointEvent.Closed>().Reason);
        Assert.Equal(CloseReason.SelfDisconnect, _alice.Single<EndpointEvent.Closed>().Reason);
        Assert.Equal((0, 0), (_alice.Channels.Count, _bob.Channels.Count));
    }

    [Fact]
    public void An_initiator_gives_a_silent_host_up_after_three_times_as_long()
    {
        var deaf = _world.Add(3, options => options with { IdleTimeout = TimeSpan.FromHours(9) });
        _alice.Connect(deaf);
        _world.Pass(TimeSpan.FromSeconds(179));
        Assert.Empty(_alice.Told.OfType<EndpointEvent.Closed>());
        _world.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(CloseReason.Timeout, _alice.Single<EndpointEvent.Closed>().Reason);
    }

    [Fact]
    public void A_channel_with_an_open_stream_is_not_idle()
    {
        var (mine, theirs) = Open();
        var stream = _alice.Channels.OpenStream(_world.Now, mine);
        _alice.Channels.Write(_world.Now, mine, stream, "ssh"u8);
        _world.Pass(TimeSpan.FromHours(1));

        Assert.Empty(_alice.Told.OfType<EndpointEvent.Closed>());
        Assert.Equal("ssh", _bob.ReadText(theirs, stream));
    }

    [Fact]
    public void Keys_change_by_count_and_by_age_and_nobody_notices()
    {
        var (one, two) = (_world.Add(5, Often), _world.Add(6, Often));
        one.Connect(two);
        _world.Settle();
        var (mine, theirs) = (one.Opened, two.Opened);
        for (var i = 0; i < 50; i++)
        {
            Say(one, mine, $"there {i}");
            Say(two, theirs, $"back {i}");
            _world.Pass(TimeSpan.FromSeconds(i % 7));
            Assert.Equal($"there {i}", Heard(two, theirs));
            Assert.Equal($"back {i}", Heard(one, mine));
        }

        static TcpOptions Often(TcpOptions options) => options with { RekeyAfter = 8, RekeyAge = TimeSpan.FromSeconds(9) };
    }

    [Fact]
    public void A_good_bye_tells_the_reason_after_all_that_was_said()
    {
        var (mine, theirs) = Open();
        Say(_alice, mine, "last");
        _alice.Channels.Close(_world.Now, mine, CloseReason.Shutdown);
        _world.Settle();

        Assert.Equal(CloseReason.Shutdown, _bob.Single<EndpointEvent.Closed>().Reason);
        Assert.Equal((0, 0), (_alice.Channels.Count, _bob.Channels.Count));
        _ = theirs;
    }

    [Fact]
    public void A_lost_connection_closes_the_channel_on_both_sides()
    {
        var (_, _) = Open();
        foreach (var side in new[] { _alice, _bob }) side.Channels.Closed(_world.Now, new LineId(1));
        _world.Settle();

        Assert.Equal(CloseReason.Timeout, _alice.Single<EndpointEvent.Closed>().Reason);
        Assert.Equal(CloseReason.Timeout, _bob.Single<EndpointEvent.Closed>().Reason);
    }

    [Fact]
    public void A_dialled_ID_must_be_one_of_the_hosts()
    {
        Assert.True(PlainId.TryParse("0a9jj39f7a", out var id) & PlainId.TryParse("0a9jj39f7b", out var other));
        _bob.Channels.Ids = [id];
        _alice.Channels.Connect(_world.Now, _alice.RequestTo(_bob) with { DialledId = id });
        _world.Settle();
        Assert.Single(_alice.Told.OfType<EndpointEvent.Established>());

        _alice.Channels.Connect(_world.Now, _alice.RequestTo(_bob) with { DialledId = other });
        _world.Pass(TimeSpan.FromSeconds(1));
        Assert.Single(_alice.Told.OfType<EndpointEvent.Closed>());
        Assert.Equal(1, _bob.Channels.Dropped(TcpDrop.NotOpened));
    }

    [Fact]
    public void Anybody_may_ask_a_hub_one_question_and_stays_unknown()
    {
        var hub = _world.Add(7, options => options with { AnswersQueries = true });
        var id = _alice.Channels.Ask(_world.Now, hub.Address, hub.Key.Public, HubQuery.Height);
        _world.Settle();
        var asked = Assert.IsType<TcpNote.Queried>(Assert.Single(hub.Notes));
        hub.Channels.AnswerQuery(_world.Now, asked.Connection, HubQuery.Answer(asked.Question, 123));
        _world.Settle();

        var answered = Assert.IsType<TcpNote.Answered>(Assert.Single(_alice.Notes));
        Assert.Equal(id, answered.Connection);
        Assert.True(HubQuery.TryReadHeight(answered.Answer, out var height));
        Assert.Equal(123, height);
        Assert.Empty(hub.Told);
        Assert.Equal((0, 0), (_alice.Channels.Count, hub.Channels.Count));
    }

    private (ConnectionId Alice, ConnectionId Bob) Open()
    {
        _alice.Connect(_bob);
        _world.Settle();
        return (_alice.Opened, _bob.Opened);
    }

    private int Say(TcpSide side, ConnectionId id, string text)
    {
        var message = Encoding.ASCII.GetBytes('@' + text); // 64, a kind of the control stream
        var frame = new byte[ControlFrames.HeaderSize + message.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)message.Length);
        message.CopyTo(frame, ControlFrames.HeaderSize);
        return side.Channels.Write(_world.Now, id, 0, frame);
    }

    private string Heard(TcpSide side, ConnectionId id)
    {
        var reader = new ControlReader(TcpOptions.MaxMessage);
        var buffer = new byte[70_000];
        while (side.Channels.Read(_world.Now, id, 0, buffer, out _) is var length and > 0) reader.Append(buffer.AsSpan(0, length));
        List<string> all = [];
        while (reader.TryTake(out var message))
        {
            Assert.Equal((byte)'@', message[0]);
            all.Add(Encoding.ASCII.GetString(message[1..]));
        }

        return string.Join('|', all);
    }
}
