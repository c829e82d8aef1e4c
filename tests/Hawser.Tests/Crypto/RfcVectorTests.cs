using System.Text;
using Hawser.Crypto;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Crypto;

public class RfcVectorTests
{
    [Fact]
    public void X25519_agrees_and_refuses_small_order()
    {
        var (a, b) = (DhKeyPair.Generate(new SimRandom(1)), DhKeyPair.Generate(new SimRandom(2)));
        Assert.True(a.TryAgree(b.Public, out var one) && b.TryAgree(a.Public, out var two) && one == two);
        Assert.False(a.TryAgree(default, out _));
    }

    [Fact]
    public void X25519_public_keys_of_many_are_those_of_each()
    {
        Bytes32[] secrets = [default, Key(new string('f', 64)), .. Enumerable.Range(0, 200).Select(i => Sha256.Hash([(byte)i]))];
        Assert.Equal(secrets.Select(secret => new DhKeyPair(secret).Public), DhPublics.Of(secrets));
        // RFC 7748 §6.1: Bob's.
        Assert.Equal("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", Hex(DhPublics.Of([Key("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")])[0].Bytes));
    }

    [Fact]
    public void Ed25519_RFC_8032_7_1_test_1()
    {
        var key = new SigningKey(Key("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
        Assert.Equal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", Hex(key.Public.Bytes));
        Assert.True(Ed25519.Verify(key.Public, [1], key.Sign([1])));
        Assert.False(Ed25519.Verify(key.Public, [2], key.Sign([1])));
    }

    [Fact]
    public void Blake2b_RFC_7693_appendix_A()
    {
        var hash = new byte[64];
        Blake2b.Hash("abc"u8, hash);
        Assert.StartsWith("ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1", Convert.ToHexStringLower(hash), StringComparison.Ordinal);
    }

    public static TheoryData<byte, int, int> Ciphers()
    {
        var all = new TheoryData<byte, int, int>();
        foreach (var aead in Enum.GetValues<Aead>())
        foreach (var engine in Enum.GetValues<CipherEngine>())
        {
            if (!CipherEngines.Serves(engine, aead)) continue;
            all.Add((byte)aead, (int)engine, 16);
            if (aead is Aead.Aes256Gcm) all.Add((byte)aead, (int)engine, 12);
        }

        return all;
    }

    [Theory, MemberData(nameof(Ciphers))]
    public void A_packet_opens_once_sealed_and_not_when_altered(byte aead, int engine, int tagSize)
    {
        var key = Sha256.Hash("key"u8);
        using var seal = PacketCipher.Create((Aead)aead, key, seal: true, (CipherEngine)engine);
        using var open = PacketCipher.Create((Aead)aead, key, seal: false, (CipherEngine)engine);
        byte[] nonce = new byte[12], text = Encoding.ASCII.GetBytes("hello, world"), tag = new byte[tagSize];
        seal.Seal(nonce, [7], text, tag);
        var altered = text.ToArray();
        altered[3] ^= 1;
        Assert.False(open.TryOpen(nonce, [7], altered, tag.ToArray()));
        Assert.False(open.TryOpen(nonce, [8], text.ToArray(), tag.ToArray()));
        Assert.True(open.TryOpen(nonce, [7], text, tag));
        Assert.Equal("hello, world", Encoding.ASCII.GetString(text));
    }

    // Every engine gives the bytes of the portable one, at every length up to a few blocks and at that of a full packet.
    [Theory, MemberData(nameof(Ciphers))]
    public void All_engines_give_the_same_bytes(byte aead, int engine, int tagSize)
    {
        var key = Sha256.Hash("key"u8);
        using var one = PacketCipher.Create((Aead)aead, key, seal: true, (CipherEngine)engine);
        using var other = PacketCipher.Create((Aead)aead, key, seal: true, CipherEngine.Portable);
        foreach (var length in Enumerable.Range(0, 200).Append(1_184).Append(8_900))
        {
            byte[] nonce = Sha256.Hash(BitConverter.GetBytes(length)).ToArray()[..12], ad = new byte[length % 23];
            byte[] a = new byte[length], b = new byte[length], tagA = new byte[tagSize], tagB = new byte[tagSize];
            one.Seal(nonce, ad, a, tagA);
            other.Seal(nonce, ad, b, tagB);
            Assert.Equal(b, a);
            Assert.Equal(tagB, tagA);
        }
    }

    [Fact]
    public void Base36_of_SHA_256_of_abc_protocols_8_2() =>
        Assert.Equal("13sa5tv3mk9dphwusxw1rptmhnu1cxxkonsan8lm9akfoo7bn4", Base36.OfHash(Sha256.Hash("abc"u8)));

    private static Bytes32 Key(string hex) => Bytes32.Read(Convert.FromHexString(hex));

    private static string Hex(in Bytes32 bytes) => Convert.ToHexStringLower(bytes);
}
