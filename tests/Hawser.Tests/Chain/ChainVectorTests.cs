using System.Text.Json;
using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Chain;

/// <summary>The vectors of chain.md, made by another program from the page alone, in both directions.</summary>
public class ChainVectorTests
{
    private sealed record Someone(string Secret, string Key);

    private sealed record Compact(string Name, string Sender, string Psk, string? Kind, string? Address, string? Reference, string? Random, string Script, bool Reject);

    private sealed record Encounter(string Psk, string Invitation, string Answer, string Secret, string NonceI, string NonceH);

    private sealed record Card(string Channel, string Bond);

    private sealed record Agreement(string Exporter, string Offered, string Answered, string Psk);

    private sealed record Full(string Text, string Challenge, string Ephemeral, string Field, string Message);

    private sealed record Certificate(string Address, string Whole, string Carried, string Reject);

    private sealed record Page(string Network, Someone Ann, Someone Bob, string X, string[] Outpoints, string O, Compact[] Compact, Encounter Meeting, Card Card, Agreement Keys, Full Full, Certificate Certificate);

    private static readonly Page Vectors = JsonSerializer.Deserialize<Page>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "chain.json")), JsonSerializerOptions.Web)!;

    private static readonly LedgerNetwork Network = LedgerNetwork.Of(Vectors.Network)!;
    private static readonly LedgerKeyPair Ann = new(Hash(Vectors.Ann.Secret)), Bob = new(Hash(Vectors.Bob.Secret));

    public static TheoryData<string> Names() => [.. Vectors.Compact.Select(v => v.Name)];

    [Fact]
    public void Keys_and_outpoints_match_the_spec()
    {
        Assert.Equal((Vectors.Ann.Key, Vectors.Bob.Key), (Ann.Public.ToString(), Bob.Public.ToString()));
        Assert.Equal(Hash(Vectors.X), Ann.Agree(Bob.Public));
        Assert.Equal(Hash(Vectors.O), Outpoints.Hash(Spent()));
        Assert.Equal(Hash(Vectors.Keys.Psk), KeySchedule.PskOf(Hash(Vectors.Keys.Exporter), Ann.Public, Bob.Public));
    }

    [Theory, MemberData(nameof(Names))]
    public void Compact_messages_match_the_spec(string name)
    {
        var vector = Vectors.Compact.Single(v => v.Name == name);
        var (sender, recipient) = vector.Sender == "ann" ? (Ann, Bob) : (Bob, Ann);
        var keys = new PairKeys(recipient.Agree(sender.Public), Hash(vector.Psk), Network, sender.Public, recipient.Public);
        var (o, script) = (Hash(Vectors.O), Convert.FromHexString(vector.Script));
        MessageContent content = default;
        var read = Announcement.TryRead(script, out var announcement) && announcement.Field.SequenceEqual(keys.TagOf(o).ToArray())
            && CompactMessage.TryOpen(keys, o, keys.TagOf(o), announcement.Message, out content) is MessageFault.None;
        Assert.Equal(!vector.Reject, read);
        if (vector.Reject) return;

        Assert.Equal(vector.Kind, content.Kind.ToString(), ignoreCase: true);
        Assert.Equal(vector.Address, content.Address?.ToString());
        Assert.Equal(vector.Reference is null ? 0 : Convert.ToUInt64(vector.Reference, 16), content.Reference.Start);
        var again = CompactMessage.Seal(keys, o, content, new FixedEntropy(Convert.FromHexString(vector.Random!)));
        Assert.Equal(script, new Announcement(MessageProfile.Compact, keys.TagOf(o).ToArray(), again).Write());
    }

    [Fact]
    public void What_the_two_meet_with_matches_the_spec()
    {
        var prepared = new PreparedGeneration(default, new(1, Bob, Ann.Public, Hash(Vectors.Meeting.Psk), true), Network);
        var secret = prepared.SecretFor(Network, Hash(Vectors.Meeting.Invitation), Hash(Vectors.Meeting.Answer));
        Assert.Equal((Hash(Vectors.Meeting.Secret), Convert.ToUInt64(Vectors.Meeting.NonceI, 16), Convert.ToUInt64(Vectors.Meeting.NonceH, 16)), (secret.Secret, secret.NonceI, secret.NonceH));
    }

    [Fact]
    public void The_card_matches_the_spec()
    {
        Assert.True(DhPublicKey.TryParse(Vectors.Card.Channel, out var channel));
        Assert.Equal(Vectors.Card.Bond, System.Buffers.Text.Base64Url.EncodeToString(LedgerCard.Sign(Ann, channel)));
    }

    [Fact]
    public void The_full_profile_matches_the_spec()
    {
        var (o, field, message) = (Hash(Vectors.O), Bytes20.Read(Convert.FromHexString(Vectors.Full.Field)), Convert.FromHexString(Vectors.Full.Message));
        Assert.True(FullSeal.TryOpen(Network, Bob, o, field, message, out var plain));
        Assert.Equal(Vectors.Full.Text, System.Text.Encoding.ASCII.GetString(plain));
        Assert.True(FullMessage.TryRead(plain, out var read));
        Assert.Equal(Hash(Vectors.Full.Challenge), read.Challenge(Network, Bob.Public.Hash, Spent()));
        Assert.True(Ann.Public.Verify(Hash(Vectors.Full.Challenge), read.Signature));
        Assert.Equal(read.Signature, Ann.Sign(Hash(Vectors.Full.Challenge)));
        Assert.Equal(message, FullSeal.Seal(Network, Bob.Public, o, field, plain, new FixedEntropy(Convert.FromHexString(Vectors.Full.Ephemeral))));
    }

    [Fact]
    public void A_deeds_line_is_the_cards_two_words()
    {
        var named = new Hawser.Naming.DeedLedgerKey(Ann.Public.Bytes, Bytes64.Read(System.Buffers.Text.Base64Url.DecodeFromChars(Vectors.Card.Bond)));
        Assert.Equal($"{Vectors.Ann.Key} {Vectors.Card.Bond}", named.ToString());
        Assert.True(Hawser.Naming.DeedLedgerKey.TryParse(System.Text.Encoding.ASCII.GetBytes(named.ToString()), out var read));
        Assert.Equal(named, read);
    }

    [Fact]
    public void Carried_certificates_match_the_spec()
    {
        Assert.True(HostPort.TryParse(Vectors.Certificate.Address, out var at));
        Assert.True(Hawser.Proof.AddressCertificate.TryRead(Convert.FromHexString(Vectors.Certificate.Whole), out var whole));
        var carried = System.Buffers.Text.Base64Url.DecodeFromChars(Vectors.Certificate.Carried);
        Assert.Equal(carried, CarriedCertificate.Write(whole!));
        Assert.True(CarriedCertificate.TryJoin(carried, at, out var joined));
        Assert.Equal(whole, joined);
        Assert.False(CarriedCertificate.TryJoin(System.Buffers.Text.Base64Url.DecodeFromChars(Vectors.Certificate.Reject), at, out _)); // a level that the method is not worth
    }

    private static OutPoint[] Spent() => [.. Vectors.Outpoints.Select(hex => OutPoint.Read(Convert.FromHexString(hex)))];

    private static Bytes32 Hash(string hex) => Bytes32.Read(Convert.FromHexString(hex));
}
