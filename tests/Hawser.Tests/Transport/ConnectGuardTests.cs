using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Xunit;

namespace Hawser.Tests.Transport;

/// <summary>What the connect phase does not let be done to it.</summary>
public class ConnectGuardTests
{
    private const uint StunCookie = 0x2112A442;

    [Fact]
    public void A_host_is_silent_to_who_does_not_know_its_key()
    {
        var sides = new ConnectSides();
        sides.ToHost(ChallengeRequest.Sealed(1, 0, ChallengeRequest.MacKey(sides.CallerKey.Public)));
        sides.ToHost(Unsealed());
        Assert.Empty(sides.FromHost());
        Assert.Equal(2, sides.Host.Inner.Dropped(ConnectDrop.Stranger));
    }

    [Fact]
    public void An_open_host_tells_strangers_its_key()
    {
        var sides = new ConnectSides(hostOptions: o => o with { OpenToStrangers = true });
        sides.ToHost(Unsealed());
        Assert.True(ChallengeResponse.TryRead(sides.FromHost().Single(), out var response));
        Assert.Equal(sides.HostKey.Public, response!.HostKey);
    }

    [Fact]
    public void A_forged_challenge_does_not_keep_the_true_one_out()
    {
        var sides = new ConnectSides();
        sides.ToHost(sides.FromCaller().Single());
        var challenge = sides.FromHost().Single();
        ChallengeResponse.TryRead(challenge, out var response);

        sides.ToCaller((response! with { HostKey = sides.CallerKey.Public }).ToArray()); // another key: not looked at
        sides.ToCaller((response with { Difficulty = 27 }).ToArray()); // more work than we do: likewise
        Assert.Equal(0, sides.Caller.Puzzles);
        sides.ToCaller((response with { ResponseData = [9] }).ToArray()); // passes for true
        sides.ToCaller(challenge);
        sides.Wait(TimeSpan.FromMilliseconds(2_500));
        foreach (var call in sides.FromCaller()) sides.ToHost(call);
        foreach (var accept in sides.FromHost()) sides.ToCaller(accept);
        Assert.NotNull(sides.Caller.Value);
        ConnectTests.AssertAgree(sides.Caller.Value, sides.Host.Values.Single());
    }

    [Fact]
    public void A_true_challenge_after_a_forged_one_was_answered_gets_its_turn()
    {
        var sides = new ConnectSides();
        sides.ToHost(sides.FromCaller().Single());
        var challenge = sides.FromHost().Single();
        ChallengeResponse.TryRead(challenge, out var response);
        sides.ToCaller((response! with { Cookie = 1 }).ToArray());
        sides.ToHost(sides.FromCaller().Single());
        Assert.Equal(1, sides.Host.Inner.Dropped(ConnectDrop.BadCookie));
        sides.ToCaller(challenge);
        sides.Wait(TimeSpan.FromMilliseconds(2_500));
        foreach (var call in sides.FromCaller()) sides.ToHost(call);
        sides.ToCaller(sides.FromHost().Single());
        Assert.NotNull(sides.Caller.Value);
    }

    [Fact]
    public void Forged_replies_do_not_end_an_attempt()
    {
        var sides = new ConnectSides();
        var call = sides.Packet3();
        ConnectCall.TryRead(call, out var parsed);
        var (nonceI, nonceH) = (parsed.NonceI, parsed.NonceH);
        sides.ToCaller(new ConnectReject(nonceI, nonceH, ConnectReject.Again, []).ToArray());
        sides.ToCaller(new ConnectReject(nonceI, nonceH, ConnectReject.Refused, new byte[48]).ToArray());
        sides.ToCaller(new ConnectAccept(nonceI, nonceH, new byte[90]).ToArray());
        sides.ToHost(call);
        var accept = sides.FromHost().Single();
        var altered = accept.ToArray();
        altered[^1] ^= 1;
        sides.ToCaller(altered);
        sides.Caller.Receive(sides.Now, Route.Udp(ConnectSides.CallerAddress), accept.ToArray()); // from elsewhere
        Assert.Null(sides.Caller.Value);
        sides.ToCaller(accept);
        Assert.NotNull(sides.Caller.Value);
    }

    [Fact]
    public void A_replayed_request_does_nothing()
    {
        var sides = new ConnectSides();
        var call = sides.Packet3();
        sides.ToHost(call, ConnectSides.HostAddress);
        Assert.Equal(1, sides.Host.Inner.Dropped(ConnectDrop.BadCookie)); // a cookie is good at its own address only
        sides.ToHost(call);
        sides.FromHost();
        sides.Wait(TimeSpan.FromSeconds(40)); // its answer is forgotten
        sides.ToHost(call);
        Assert.Equal(1, sides.Host.Inner.Dropped(ConnectDrop.Replayed));
        sides.Wait(TimeSpan.FromSeconds(300));
        sides.ToHost(call);
        Assert.Empty(sides.FromHost());
        Assert.Single(sides.Host.Values);
    }

    [Fact]
    public void One_address_cannot_take_all_turns()
    {
        var sides = new ConnectSides();
        for (var i = 0; i < 30; i++)
        {
            var caller = sides.NewCaller(new SimRandom((ulong)i));
            var buffer = new byte[2_000];
            caller.TryTransmit(sides.Now, buffer, out var ask);
            sides.ToHost(buffer[..ask.Length]);
            caller.Receive(sides.Now, Route.Udp(ConnectSides.HostAddress), sides.FromHost().Single());
            caller.TryTransmit(sides.Now, buffer, out var call);
            sides.ToHost(buffer[..call.Length]);
            sides.FromHost();
        }

        Assert.Equal(20, sides.Host.Values.Count);
        Assert.Equal(10, sides.Host.Inner.Dropped(ConnectDrop.RateLimited));
    }

    [Fact]
    public void A_host_of_small_order_gets_no_message()
    {
        var sides = new ConnectSides(change: r => r with { HostKey = default });
        ChallengeRequest.TryRead(sides.FromCaller().Single(), out var ask);
        sides.ToCaller(new ChallengeResponse(ask.NonceI, 1, 2, 3, 4, null, []).ToArray());
        Assert.Equal(0, sides.Caller.Puzzles);
        Assert.Equal(1, sides.Caller.Inner.Dropped);
    }

    [Fact]
    public void An_introduced_initiator_comes_with_the_nonces_and_the_secret_that_were_announced()
    {
        var secret = Sha256.Hash("secret"u8);
        foreach (var (announced, expected) in new[] { (secret, true), (Sha256.Hash("other"u8), false) })
        {
            var sides = new ConnectSides(change: r => r with { NonceI = 77, NonceH = 88, IntroducedSecret = secret });
            var ask = sides.FromCaller().Single();
            sides.ToHost(ask);
            Assert.Equal(1, sides.Host.Inner.Dropped(ConnectDrop.NotIntroduced));
            sides.Host.Inner.Expect(sides.Now, 77, 88, announced, sides.Now.Mono + TimeSpan.FromSeconds(30));
            sides.ToHost(ask);
            sides.ToCaller(sides.FromHost().Single());
            sides.ToHost(sides.FromCaller().Single());
            Assert.Equal(expected, sides.Host.Values.Count == 1);
        }
    }

    [Theory, InlineData("0b600zz001"), InlineData("")]
    public void Who_dials_another_id_gets_silence_who_dials_none_an_answer(string dialled)
    {
        Assert.Equal(dialled.Length > 0, PlainId.TryParse(dialled, out var id));
        var sides = new ConnectSides(change: r => r with { DialledId = id });
        sides.ToHost(sides.Packet3());
        Assert.Equal(id.IsNone ? 1 : 0, sides.Host.Values.Count);
        Assert.Equal(id.IsNone ? 0 : 1, sides.Host.Inner.Dropped(ConnectDrop.NotOurId));
    }

    [Fact]
    public void A_dialled_id_does_not_show()
    {
        var call = new ConnectSides().Packet3();
        Assert.Equal(-1, call.AsSpan().IndexOf(ConnectSides.HostId));
        Assert.Equal(-1, call.AsSpan().IndexOf(ConnectSides.CallerId));
    }

    [Fact]
    public void No_packet_of_a_handshake_is_ever_taken_for_stun()
    {
        // eight bytes that would put the cookie at 4–7 of packets 1, 2, 4, then of 0 and 3, then harmless ones
        byte[] early = [1, 2, 3, 0x21, 0x12, 0xA4, 0x42, 4], late = [1, 2, 0x21, 0x12, 0xA4, 0x42, 3, 4];
        var nonce = ConnectNonce.Draw(new FixedEntropy([.. early, .. late, .. new byte[8], 9, 9, 9, 9, 9, 9, 9, 9]));
        Assert.Equal(0x0909090909090909UL, nonce);

        for (var seed = 0UL; seed < 200; seed++)
        {
            var sides = new ConnectSides(seed, seed % 2 == 0 ? HandshakeLetter.N : HandshakeLetter.I);
            var packets = new List<byte[]>(sides.FromCaller());
            sides.ToHost(packets[0]);
            packets.AddRange(sides.FromHost());
            sides.ToCaller(packets[1]);
            packets.AddRange(sides.FromCaller());
            sides.ToHost(packets[2]);
            packets.AddRange(sides.FromHost());
            Assert.Equal([0, 1, 3, 4], packets.Select(p => p[0]));
            Assert.DoesNotContain(packets, p => BinaryPrimitives.ReadUInt32BigEndian(p.AsSpan(4)) == StunCookie);
        }
    }

    [Fact]
    public void Settings_are_chosen_so_that_neither_side_is_slow()
    {
        var aesFirst = Settings.Default;
        var chachaFirst = aesFirst with { First = Aead.ChaCha20Poly1305, Second = Aead.Aes256Gcm, WindowBits = 8 };
        Assert.Equal(Aead.Aes256Gcm, Settings.Choose(aesFirst, aesFirst)!.Value.First);
        Assert.Equal(Aead.ChaCha20Poly1305, Settings.Choose(chachaFirst, aesFirst)!.Value.First);
        Assert.Equal(256, Settings.Choose(chachaFirst, aesFirst)!.Value.Window);
        Assert.Equal(32, Settings.Choose(aesFirst with { Wide = false, WindowBits = 5 }, aesFirst)!.Value.Window);
        Assert.Null(Settings.Choose(new(Aead.Aes256Gcm, null, true, 16, 16), new(Aead.ChaCha20Poly1305, null, true, 16, 16)));
        Assert.True(Settings.Choose(chachaFirst, aesFirst)!.Value.IsChoiceFrom(chachaFirst));
        Assert.False(Settings.Choose(aesFirst, aesFirst)!.Value.IsChoiceFrom(chachaFirst)); // a wider window
    }

    [Fact]
    public void An_attempt_without_answer_ends_after_four_tries()
    {
        var sides = new ConnectSides();
        for (var i = 0; i < 4; i++) sides.Wait(TimeSpan.FromMilliseconds(2_500));
        Assert.Equal(4, sides.FromCaller().Count);
        Assert.Equal(ConnectFailure.NoAnswer, sides.Caller.Failure);
        Assert.Equal(Instant.Never, sides.Caller.NextWakeup);
    }

    private static byte[] Unsealed()
    {
        var bytes = new byte[ChallengeRequest.MinSize];
        new ChallengeRequest(5, 0, false, default, bytes.Length).Write(bytes);
        return bytes;
    }
}
