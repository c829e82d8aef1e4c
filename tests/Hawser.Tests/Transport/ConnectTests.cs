using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

public class ConnectTests
{
    private static readonly SimLink Rough =
        new(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(80), Loss: 0.3, Duplication: 0.3);

    public static TheoryData<ulong> Seeds() => [.. Enumerable.Range(0, 30).Select(seed => (ulong)seed)];

    [Theory, InlineData(true), InlineData(false)]
    public void Both_sides_end_with_the_same_secrets(bool byName)
    {
        var sides = new ConnectSides(letter: byName ? HandshakeLetter.N : HandshakeLetter.I);
        sides.ToHost(sides.Packet3());
        sides.ToCaller(sides.FromHost().Single());

        var (caller, host) = (sides.Caller.Value!, sides.Host.Values.Single());
        AssertAgree(caller, host);
        Assert.Equal(sides.HostKey.Public, caller.PeerKey);
        Assert.Equal(sides.CallerKey.Public, host.PeerKey);
        Assert.Equal(byName ? new PeerName(ConnectSides.CallerId) : null, host.PeerName);
        Assert.Equal(byName ? [] : "ticket"u8.ToArray(), sides.Host.Requests.Single().ConnectData);
        Assert.Equal([1, 2, 3], caller.AcceptData);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Connects_at_most_once_on_a_rough_link(ulong seed)
    {
        var sides = new ConnectSides(seed);
        var network = new SimNetwork(seed, Rough);
        network.Add(ConnectSides.HostAddress, null, sides.Host);
        network.Add(ConnectSides.CallerAddress, null, sides.Caller);
        network.Run(TimeSpan.FromSeconds(60));

        Assert.InRange(sides.Host.Values.Count, sides.Caller.Value is null ? 0 : 1, 1);
        if (sides.Caller.Value is { } value) AssertAgree(value, sides.Host.Values.Single());
        else Assert.NotNull(sides.Caller.Failure);
    }

    [Fact]
    public void Most_connect_on_a_rough_link() => Assert.InRange(Enumerable.Range(0, 30).Count(seed =>
    {
        var sides = new ConnectSides((ulong)seed);
        var network = new SimNetwork((ulong)seed, Rough);
        network.Add(ConnectSides.HostAddress, null, sides.Host);
        network.Add(ConnectSides.CallerAddress, null, sides.Caller);
        network.Run(TimeSpan.FromSeconds(60));
        return sides.Caller.Value is not null;
    }), 24, 30);

    [Fact]
    public void No_answer_is_larger_than_its_request()
    {
        var sides = new ConnectSides(acceptData: new byte[ConnectOptions.MaxAcceptData]);
        sides.Host.Inner.ResponseData = new byte[ConnectOptions.MaxResponseData];
        var ask = sides.FromCaller().Single();
        sides.Host.Receive(new(new(31_000_000), sides.Now.Utc), Route.Udp(ConnectSides.CallerAddress), ask.ToArray());
        var challenge = sides.FromHost().Single(); // of the next epoch, with the new data
        Assert.InRange(challenge.Length, ConnectOptions.MaxResponseData, ask.Length);
        Assert.InRange(challenge.Length, 1, ask.Length);
        var longest = new ChallengeResponse(1, 2, 3, 4, 5, sides.HostKey.Public, new byte[ConnectOptions.MaxResponseData]);
        Assert.InRange(longest.Size, 1, ChallengeRequest.MinSize);
        sides.ToCaller(challenge);
        var call = sides.FromCaller().Single();
        sides.ToHost(call);
        Assert.InRange(sides.FromHost().Single().Length, 1, call.Length);
    }

    [Fact]
    public void A_lost_answer_is_resent_byte_for_byte_until_confirmed()
    {
        var sides = new ConnectSides();
        var call = sides.Packet3();
        sides.ToHost(call);
        var accept = sides.FromHost().Single();
        sides.ToHost(call);
        Assert.Empty(sides.FromHost()); // at most 4 a second
        sides.Wait(TimeSpan.FromMilliseconds(2_500));
        sides.ToHost(sides.FromCaller().Single());
        Assert.Equal(accept, sides.FromHost().Single());
        sides.Wait(TimeSpan.FromMilliseconds(2_500));
        sides.Host.Inner.Confirm(sides.Host.Requests.Single().Number);
        sides.ToHost(call);
        Assert.Empty(sides.FromHost());
        Assert.Single(sides.Host.Values);
        Assert.Equal(1, sides.Host.Inner.Dropped(ConnectDrop.Replayed));
    }

    [Fact]
    public void A_damaged_copy_of_packet_3_does_not_burn_the_nonce()
    {
        var sides = new ConnectSides();
        var call = sides.Packet3();
        foreach (var at in new[] { 45, 52, 90, 150 })
        {
            var copy = call.ToArray();
            copy[at] ^= 1;
            sides.ToHost(copy);
            Assert.True(ConnectCall.TryRead(copy, out var parsed)); // and now with the work done for it
            Assert.True(Puzzle.TrySolve(parsed.Puzzle, 0, 1 << 16, out var x));
            ConnectCall.SetX(copy, x);
            sides.ToHost(copy);
        }

        Assert.Empty(sides.Host.Values);
        sides.ToHost(call);
        Assert.Single(sides.Host.Values);
    }

    [Fact]
    public void The_same_nonce_is_taken_once()
    {
        var sides = new ConnectSides();
        sides.ToHost(sides.FromCaller().Single());
        var challenge = sides.FromHost().Single();
        sides.ToCaller(challenge);
        sides.ToHost(sides.FromCaller().Single());
        Assert.Single(sides.Host.Values);

        // the same initiator, from the same state, with other ephemerals
        ChallengeResponse.TryRead(challenge, out var response);
        var sequel = new ConnectSides(change: r => r with { NonceI = response!.NonceI });
        sequel.FromCaller();
        sequel.ToCaller(challenge);
        sides.ToHost(sequel.FromCaller().Single());
        Assert.Single(sides.Host.Values);
        Assert.Equal(1, sides.Host.Inner.Dropped(ConnectDrop.Replayed));
    }

    [Theory, InlineData(29, true), InlineData(59, true), InlineData(61, false)]
    public void A_nonce_of_the_host_lives_for_two_epochs(int seconds, bool taken)
    {
        var sides = new ConnectSides();
        var call = sides.Packet3();
        sides.Wait(TimeSpan.FromSeconds(seconds));
        sides.ToHost(call);
        Assert.Equal(taken ? 1 : 0, sides.Host.Values.Count);
    }

    [Fact]
    public void Who_solved_too_slowly_is_told_to_start_again_and_does()
    {
        var sides = new ConnectSides(solves: false);
        sides.ToHost(sides.FromCaller().Single());
        sides.ToCaller(sides.FromHost().Single());
        sides.Wait(TimeSpan.FromSeconds(29));
        sides.Caller.Solve(sides.Now, sides.Caller.Wanted.Single());
        var call = sides.FromCaller().Single();
        var nonce = sides.Caller.Inner.NonceI;
        // and then it is half a minute and more on its way
        var later = new Moment(sides.Now.Mono + TimeSpan.FromSeconds(35), sides.Now.Utc);
        sides.Host.Receive(later, Route.Udp(ConnectSides.CallerAddress), call);
        sides.ToCaller(sides.FromHost().Single());
        Assert.Equal(nonce, sides.Caller.Inner.NonceI); // not before its timer: the no may be forged
        sides.Wait(TimeSpan.FromMilliseconds(2_500));
        Assert.NotEqual(nonce, sides.Caller.Inner.NonceI);
        Assert.Equal(ConnectState.RequestingChallenge, sides.Caller.Inner.State);
    }

    [Fact]
    public void A_puzzle_that_became_harder_meanwhile_does_not_shut_out_who_solved_the_old_one()
    {
        var sides = new ConnectSides();
        var call = sides.Packet3();
        for (var i = 0; i < 600; i++) CallFromElsewhere(sides, (byte)(i / 200), (byte)(i % 200));
        sides.Wait(TimeSpan.FromSeconds(31));
        sides.ToHost(call);
        Assert.True(sides.Host.Inner.Difficulty > ConnectEpoch.IdleDifficulty);
        Assert.Contains(sides.Host.Values, v => v.Route.Remote == ConnectSides.CallerAddress);
    }

    [Fact]
    public void The_puzzle_becomes_easy_again()
    {
        var epoch = new ConnectEpoch(new SimRandom(1), default, [], 22) { Load = 0 };
        Assert.Equal(20u, epoch.NextDifficulty(ConnectEpoch.IdleDifficulty));
        Assert.Equal(8u, new ConnectEpoch(new SimRandom(1), default, [], 8).NextDifficulty(ConnectEpoch.IdleDifficulty));
        Assert.Equal(22u, new ConnectEpoch(new SimRandom(1), default, [], 8) { Load = 1 << 20 }.NextDifficulty(ConnectEpoch.IdleDifficulty));
    }

    [Fact]
    public void An_altered_N_makes_K_fail()
    {
        var sides = new ConnectSides();
        var prologue = "p"u8.ToArray();
        var mine = InitiatorExchange.ByName(
            new SimRandom(1), sides.CallerKey, sides.HostKey.Public, new(ConnectSides.CallerId), prologue, [])!;
        var other = InitiatorExchange.ByName(
            new SimRandom(2), sides.CallerKey, sides.HostKey.Public, new(ConnectSides.CallerId), prologue, [])!;
        Assert.True(Opens(mine.First, mine.Second));
        Assert.False(Opens(other.First, mine.Second)); // a true N, but not the one before this K
        Assert.False(Opens(mine.First, other.Second));

        bool Opens(byte[] n, byte[] k) => HostExchange.OpenN(sides.HostKey, prologue, n, k) is { } exchange
            && exchange.TryOpenK(sides.CallerKey.Public);
    }

    [Fact]
    public void A_name_that_nobody_knows_gets_silence()
    {
        var sides = new ConnectSides();
        sides.Host.Known.Clear();
        sides.ToHost(sides.Packet3());
        Assert.Empty(sides.FromHost());
        Assert.Equal(1, sides.Host.Inner.Dropped(ConnectDrop.UnknownName));
        for (var i = 0; i < 4; i++) sides.Wait(TimeSpan.FromMilliseconds(2_500));
        Assert.Equal(ConnectFailure.NotAccepted, sides.Caller.Failure);
    }

    [Fact]
    public void Somebody_elses_name_does_not_help()
    {
        var sides = new ConnectSides(change: r => r with { Name = new(ConnectSides.Id("0victim001")) });
        sides.Host.Known[new(ConnectSides.Id("0victim001"))] = new DhKeyPair(Sha256.Hash("victim"u8)).Public;
        sides.ToHost(sides.Packet3());
        Assert.Empty(sides.Host.Requests);
        Assert.Equal(1, sides.Host.Inner.Dropped(ConnectDrop.NotOpened));
    }

    [Fact]
    public void A_refusal_is_believed_only_under_seal()
    {
        var sides = new ConnectSides(refuses: true);
        var call = sides.Packet3();
        ConnectCall.TryRead(call, out var parsed);
        sides.ToCaller(new ConnectReject(parsed.NonceI, parsed.NonceH, ConnectReject.Refused, new byte[48]).ToArray());
        Assert.Null(sides.Caller.Failure);
        sides.ToHost(call);
        sides.ToCaller(sides.FromHost().Single());
        Assert.Equal(ConnectFailure.Refused, sides.Caller.Failure);
    }

    internal static void AssertAgree(Established caller, Established host)
    {
        Assert.Equal(caller.Secrets.Send, host.Secrets.Receive);
        Assert.Equal(caller.Secrets.Receive, host.Secrets.Send);
        Assert.NotEqual(caller.Secrets.Send, caller.Secrets.Receive);
        Assert.Equal(caller.Secrets.Exporter, host.Secrets.Exporter);
        Assert.Equal(caller.Secrets.HandshakeHash, host.Secrets.HandshakeHash);
        Assert.Equal((caller.LocalCid, caller.PeerCid), (host.PeerCid, host.LocalCid));
        Assert.Equal((caller.NonceI, caller.NonceH, caller.Settings), (host.NonceI, host.NonceH, host.Settings));
    }

    private static void CallFromElsewhere(ConnectSides sides, byte network, byte host)
    {
        var from = HostPort.Read([203, 0, network, host], 9);
        var caller = sides.NewCaller(new SimRandom((ulong)((network * 256) + host)));
        var buffer = new byte[2_000];
        caller.TryTransmit(sides.Now, buffer, out var ask);
        sides.ToHost(buffer[..ask.Length], from);
        foreach (var challenge in sides.FromHost()) caller.Receive(sides.Now, Route.Udp(ConnectSides.HostAddress), challenge);
        if (caller.TryTransmit(sides.Now, buffer, out var call)) sides.ToHost(buffer[..call.Length], from);
        sides.FromHost();
    }
}
