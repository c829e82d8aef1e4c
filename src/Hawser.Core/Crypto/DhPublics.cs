using System.Numerics;
using Hawser.Wire;

namespace Hawser.Crypto;

/// <summary>
/// The public keys of several X25519 secrets: multiples of the base point by the tables that libsodium has for Ed25519,
/// and one inversion for all of them on the way from that form of the curve to the other (RFC 7748 §4.1:
/// u = (1 + y) / (1 − y)). A third less work than one by one. No secret is in a number here: y is as public as u.
/// </summary>
internal static class DhPublics
{
    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;

    public static DhPublicKey[] Of(ReadOnlySpan<Bytes32> secrets)
    {
        var (numerators, denominators) = (new BigInteger[secrets.Length], new BigInteger[secrets.Length]);
        for (var i = 0; i < secrets.Length; i++)
        {
            var point = Interop.EdwardsBase(secrets[i]);
            point[Bytes32.Size - 1] &= 0x7F; // the sign of x
            var y = new BigInteger(point, isUnsigned: true);
            (numerators[i], denominators[i]) = (y + 1, P + 1 - y);
        }

        var keys = new DhPublicKey[secrets.Length];
        Invert(denominators);
        for (var i = 0; i < keys.Length; i++) keys[i] = Write(numerators[i] * denominators[i] % P);
        return keys;
    }

    // Montgomery's trick: the inverse of the product of all gives that of each. None is 0, as no secret's point is the neutral one.
    private static void Invert(Span<BigInteger> values)
    {
        var products = new BigInteger[values.Length];
        var product = BigInteger.One;
        for (var i = 0; i < values.Length; i++) (products[i], product) = (product, product * values[i] % P);
        var inverse = InverseOf(product);
        for (var i = values.Length - 1; i >= 0; i--)
            (values[i], inverse) = (inverse * products[i] % P, inverse * values[i] % P);
    }

    // Euclid's, extended: several times as fast as the power of Fermat.
    private static BigInteger InverseOf(BigInteger value)
    {
        var (a, b, s, t) = (P, value, BigInteger.Zero, BigInteger.One);
        while (!b.IsZero)
        {
            var (quotient, rest) = BigInteger.DivRem(a, b);
            (a, b, s, t) = (b, rest, t, s - quotient * t);
        }

        return s.Sign < 0 ? s + P : s;
    }

    private static DhPublicKey Write(BigInteger u)
    {
        var bytes = default(Bytes32);
        u.TryWriteBytes(bytes, out _, isUnsigned: true);
        return new(bytes);
    }
}
