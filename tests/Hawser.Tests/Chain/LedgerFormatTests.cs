using System.Security.Cryptography;
using Hawser.Chain;
using Hawser.Crypto;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Chain;

/// <summary>Formats of the ledger itself, against its own published examples and the class library.</summary>
public class LedgerFormatTests
{
    [Fact]
    public void Hashes_of_32_bytes_by_prepared_keys_are_the_class_librarys()
    {
        var random = new SimRandom(3);
        for (var i = 0; i < 100; i++)
        {
            var (key, message) = (Draw(random), Draw(random));
            Assert.Equal(HMACSHA256.HashData(key, (ReadOnlySpan<byte>)message), new HmacKey(key).Mac(message).ToArray());
        }
    }

    [Fact]
    public void The_shared_point_gives_its_bare_x_as_the_class_library_does()
    {
        var (ours, theirs) = (new LedgerKeyPair(Sha256.Hash("ours"u8)), new LedgerKeyPair(Sha256.Hash("theirs"u8)));
        Assert.Equal(ours.Agree(theirs.Public), theirs.Agree(ours.Public));
        using var own = Import(ours);
        using var other = Import(theirs);
        using var publicOfOther = other.PublicKey;
        Assert.Equal(own.DeriveRawSecretAgreement(publicOfOther), ours.Agree(theirs.Public).ToArray());
    }

    [Fact]
    public void Signatures_have_a_low_s_are_the_same_every_time_and_hold_for_the_class_library()
    {
        var key = new LedgerKeyPair(Sha256.Hash("signer"u8));
        for (var i = 0; i < 50; i++)
        {
            var hash = Sha256.Hash(BitConverter.GetBytes(i));
            var signature = key.Sign(hash);
            Assert.Equal(signature, key.Sign(hash));
            Assert.InRange(signature[32], 0, 0x7F);
            Assert.True(key.Public.Verify(hash, signature));
            using var library = ECDsa.Create(Import(key).ExportParameters(true));
            Assert.True(library.VerifyHash(hash, signature));
            signature[i % 64] ^= 1;
            Assert.False(key.Public.Verify(hash, signature));
        }
    }

    [Fact]
    public void Ripemd_160_of_sha_256_is_what_a_known_address_was_made_of()
    {
        // BIP 173: the address of the generator point's hash.
        Assert.True(LedgerPublicKey.TryParse("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", out var key));
        Assert.Equal("751e76e8199196d454941c45d1b3a323f1433bd6", key.Hash.ToString());
        Assert.Equal("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", SegwitAddress.Show(LedgerNetwork.Main, key.Hash));
        Assert.Equal("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", SegwitAddress.Show(LedgerNetwork.Test, key.Hash));
    }

    [Theory]
    [InlineData("0279BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798")] // capitals
    [InlineData("0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")] // not compressed
    [InlineData("02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")] // no point
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f817")]
    [InlineData("")]
    public void No_other_text_is_a_chain_key(string text) => Assert.False(LedgerPublicKey.TryParse(text, out _));

    [Fact]
    public void What_an_input_signs_is_that_of_BIP_143()
    {
        // The example "native P2WPKH": its second input.
        var raw = "0100000002fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f0000000000eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a"
            + "0100000000ffffffff02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac11000000";
        Assert.True(LedgerTransaction.TryRead(Convert.FromHexString(raw), out var transaction));
        Assert.Equal(raw, Convert.ToHexStringLower(transaction.Write()));
        var key = new LedgerKeyPair(Bytes32.Read(Convert.FromHexString("619c335025c7f4012e556c2a58b2506e30b8511b53ade95ea316fd8c3286feb9")));
        Assert.Equal("025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee6357", key.Public.ToString());
        var hash = transaction.SignatureHash(1, key.Public.Hash, 600_000_000);
        Assert.Equal("c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670", Convert.ToHexStringLower(hash.ToArray()));
        Assert.Equal("304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f90300e8f3358f51928d43c212a8caed02de67eebee",
            Convert.ToHexStringLower(key.SignDer(hash)));
    }

    [Fact]
    public void Outpoints_are_sorted_by_their_bytes_before_they_are_hashed()
    {
        OutPoint[] some = [new(Sha256.Hash("b"u8), 1), new(Sha256.Hash("a"u8), 256), new(Sha256.Hash("a"u8), 1), new(Sha256.Hash("a"u8), 2)];
        var expected = some.Select(o => { var b = new byte[OutPoint.Size]; o.Write(b); return b; }).OrderBy(Convert.ToHexString, StringComparer.Ordinal).SelectMany(b => b).ToArray();
        Assert.Equal(Sha256.Hash(expected), Outpoints.Hash([.. some]));
        Assert.Equal(Sha256.Hash(expected), Outpoints.Hash([.. some.Reverse()]));
    }

    [Theory]
    [InlineData(MessageKind.Invitation, "192.0.2.1:7", 55, 59), InlineData(MessageKind.Invitation, "[2001:db8::1]:7", 67, 71)]
    [InlineData(MessageKind.Acceptance, "192.0.2.1:7", 63, 67), InlineData(MessageKind.Acceptance, "[2001:db8::1]:7", 75, 79), InlineData(MessageKind.Cancel, null, 57, 61)]
    internal void The_compact_profile_fits_the_narrowest_relay(MessageKind kind, string? at, int data, int script)
    {
        HostPort? address = at is not null && HostPort.TryParse(at, out var parsed) ? parsed : null;
        var message = CompactMessage.Seal(Keys(), default, new(kind, address, new(kind is MessageKind.Invitation ? 0ul : 5, default)), new SimRandom(1));
        Assert.Equal(CompactMessage.SizeOf(kind, address), message.Length);
        var written = new Announcement(MessageProfile.Compact, new byte[20], message).Write();
        Assert.Equal((data, script), (Announcement.FlagSize + Bytes20.Size + message.Length, written.Length));
        Assert.InRange(written.Length, 0, 83); // of which 80 are data: all that most relays pass on
        Assert.Equal(Announcement.SizeFor(message.Length), written.Length);
        Assert.Equal(MessageFault.None, CompactMessage.TryOpen(Keys(), default, default, message, out var read) is MessageFault.Sealed ? MessageFault.None : MessageFault.Length);
        Assert.Equal(MessageFault.None, CompactMessage.TryOpen(Keys(), default, Keys().TagOf(default), message, out read));
        Assert.Equal((kind, address), (read.Kind, read.Address));
    }

    [Theory]
    [InlineData(0x01, "c0000201" + "0007", MessageFault.None)]
    [InlineData(0x01, "c0000201" + "0000", MessageFault.Malformed)] // port 0
    [InlineData(0x01, "c0000201" + "000700", MessageFault.Malformed)]
    [InlineData(0x01, "c0000201" + "00", MessageFault.Malformed)]
    [InlineData(0x81, "c0000201" + "0007", MessageFault.Malformed)]
    [InlineData(0x81, "00000000000000000000ffffc0000201" + "0007", MessageFault.Malformed)] // IPv4 in the other form
    [InlineData(0x81, "20010db8000000000000000000000001" + "0007", MessageFault.None)]
    [InlineData(0x41, "c0000201" + "0007", MessageFault.Carrier)] // TCP
    [InlineData(0x02, "c0000201" + "0007", MessageFault.Malformed)] // answers nothing
    [InlineData(0x02, "c0000201" + "0007" + "0000000000000000", MessageFault.Malformed)]
    [InlineData(0x02, "c0000201" + "0007" + "0000000000000001", MessageFault.None)]
    [InlineData(0x03, "0000000000000001", MessageFault.None)]
    [InlineData(0x83, "0000000000000001", MessageFault.Malformed)]
    [InlineData(0x43, "0000000000000001", MessageFault.Malformed)]
    [InlineData(0x00, "", MessageFault.Kind), InlineData(0x04, "00", MessageFault.Kind), InlineData(0x3F, "00", MessageFault.Kind)]
    internal void Compact_plaintexts_have_one_encoding(byte type, string plain, MessageFault fault) =>
        Assert.Equal(fault, CompactMessage.Read(type, Convert.FromHexString(plain), out _));

    [Fact]
    public void A_broken_generator_repeats_no_key_for_other_words()
    {
        var keys = Keys();
        var stuck = new byte[16];
        var (one, two) = (Sealed(HostPort.Read([1, 1, 1, 1], 1)), Sealed(HostPort.Read([1, 1, 1, 1], 2)));
        Assert.NotEqual(one[1..9], two[1..9]);
        Assert.Equal(one, Sealed(HostPort.Read([1, 1, 1, 1], 1)));

        byte[] Sealed(HostPort at) => CompactMessage.Seal(keys, default, new(MessageKind.Invitation, at, default), new FixedEntropy(stuck));
    }

    [Theory]
    [InlineData("""{"from":"K","ip":"192.0.2.1","port":7,"type":"invitation"}""", true)]
    [InlineData("""{"from":"K","ip":"2001:db8::1","port":7,"type":"invitation"}""", true)]
    [InlineData("""{"from":"K","ip":"192.0.2.1","port":"7","type":"invitation"}""", false)] // a number is wanted
    [InlineData("""{"from":"K","ip":"192.0.2.1","port":07,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"192.0.2.1","port":0,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"192.0.2.1","port":65536,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"192.0.2.1","port":-7,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"192.0.2.1","port":7.0,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"[2001:db8::1]","port":7,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"2001:DB8::1","port":7,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"::ffff:192.0.2.1","port":7,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"fe80::1%2","port":7,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"192.0.2.01","port":7,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"3221225985","port":7,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"192.0.2.1","ip":"192.0.2.1","port":7,"type":"invitation"}""", false)] // twice
    [InlineData("""{"ip":"192.0.2.1","from":"K","port":7,"type":"invitation"}""", false)] // not sorted
    [InlineData("""{"from":"K","ip":"192.0.2.1","more":"x","port":7,"type":"invitation"}""", false)]
    [InlineData("""{ "from":"K","ip":"192.0.2.1","port":7,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"192.0.2.1","port":7,"type":"invitation"} """, false)]
    [InlineData("""{"from":"K","ip":"192.0.2.1","port":7,"type":"Invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"192.0.2.1","port":7,"type":"invitat\u0069on"}""", false)]
    [InlineData("""{“from”:"K","ip":"192.0.2.1","port":7,"type":"invitation"}""", false)] // as the paper prints it
    [InlineData("""{"ip":"192.0.2.1","port":7,"type":"invitation"}""", false)] // of nobody
    [InlineData("""{"from":"K","port":7,"type":"invitation"}""", false)]
    [InlineData("""{"from":"K","ip":"192.0.2.1","port":7,"replyto":"R","type":"acceptance"}""", false)]
    [InlineData("""{"ip":"192.0.2.1","port":7,"replyto":"R","type":"acceptance"}""", true)]
    [InlineData("""{"ip":"192.0.2.1","port":7,"type":"acceptance"}""", false)]
    [InlineData("""{"replyto":"R","type":"cancel"}""", true)]
    [InlineData("""{"ip":"192.0.2.1","port":7,"replyto":"R","type":"cancel"}""", false)]
    [InlineData("""{"type":"cancel"}""", false)]
    [InlineData("""{"type":"greeting"}""", false)]
    [InlineData("""{"challenge_sig":"AAAA","replyto":"R","type":"cancel"}""", false)]
    [InlineData("""{"cert":"","ip":"192.0.2.1","port":7,"replyto":"R","type":"acceptance"}""", false)]
    [InlineData("{}", false), InlineData("", false), InlineData("[]", false), InlineData("null", false), InlineData("{", false)]
    public void Full_messages_have_one_written_form(string text, bool good)
    {
        text = text.Replace("\"K\"", $"\"{new LedgerKeyPair(Sha256.Hash("k"u8)).Public}\"", StringComparison.Ordinal).Replace("\"R\"", $"\"{new string('a', 64)}\"", StringComparison.Ordinal);
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        Assert.Equal(good, FullMessage.TryRead(bytes, out var read));
        if (good) Assert.Equal(bytes, read!.Write());
    }

    [Fact]
    public void A_full_message_fits_with_all_that_it_may_hold()
    {
        var key = new LedgerKeyPair(Sha256.Hash("k"u8)).Public;
        var largest = new FullMessage
        {
            Kind = MessageKind.Invitation, From = key, Channel = new(Sha256.Hash("c"u8)), Signature = Enumerable.Repeat((byte)255, 64).ToArray(),
            Address = HostPort.Read([0x20, 1, .. Enumerable.Repeat((byte)0x11, 14)], 65535), Certificate = new byte[CarriedCertificate.Size],
        };
        Assert.InRange(largest.Write().Length, 500, FullMessage.MaxSize);
        Assert.True(FullMessage.TryRead(largest.Write(), out _));
        Assert.False(FullMessage.TryRead((largest with { Certificate = new byte[CarriedCertificate.Size + 1] }).Write(), out _));
    }

    [Fact]
    public void A_card_is_believed_only_if_its_chain_key_vouches_for_its_channel_key()
    {
        var (key, channel) = (new LedgerKeyPair(Sha256.Hash("k"u8)), new DhPublicKey(Sha256.Hash("c"u8)));
        var bond = LedgerCard.Sign(key, channel);
        Assert.True(LedgerCard.Verify(key.Public, channel, bond));
        Assert.False(LedgerCard.Verify(key.Public, new(Sha256.Hash("d"u8)), bond));
        Assert.False(LedgerCard.Verify(new LedgerKeyPair(Sha256.Hash("l"u8)).Public, channel, bond));
        Assert.False(LedgerCard.Verify(key.Public, channel, bond.AsSpan(0, 63)));
    }

    private static PairKeys Keys()
    {
        var (own, peer) = (new LedgerKeyPair(Sha256.Hash("o"u8)), new LedgerKeyPair(Sha256.Hash("p"u8)));
        return new(own.Agree(peer.Public), default, LedgerNetwork.Regtest, own.Public, peer.Public);
    }

    private static Bytes32 Draw(SimRandom random)
    {
        var bytes = default(Bytes32);
        random.Fill(bytes);
        return bytes;
    }

    private static ECDiffieHellman Import(LedgerKeyPair key)
    {
        // The other coordinate, from y² = x³ + 7.
        var prime = System.Numerics.BigInteger.Pow(2, 256) - System.Numerics.BigInteger.Pow(2, 32) - 977;
        var compressed = key.Public.Bytes.ToArray();
        var x = new System.Numerics.BigInteger(compressed.AsSpan(1), true, true);
        var y = System.Numerics.BigInteger.ModPow((x * x * x + 7) % prime, (prime + 1) / 4, prime);
        if (y.IsEven != (compressed[0] == 2)) y = prime - y;
        var yBytes = y.ToByteArray(true, true);
        return ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.CreateFromOid(new Oid("1.3.132.0.10")), D = key.Secret.ToArray(),
            Q = new() { X = compressed[1..], Y = [.. new byte[32 - yBytes.Length], .. yBytes] },
        });
    }
}
