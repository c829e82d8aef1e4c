namespace Hawser.Crypto;

/// <summary>
/// Shamir's shares of a secret, each byte by itself in GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1: as many as are needed give it
/// back, one fewer tells nothing of it. No step depends on the value of a secret byte.
/// </summary>
internal static class SecretShares
{
    /// <summary>The share of this number.</summary>
    /// <param name="secret">What is shared.</param>
    /// <param name="random">For each share that is needed but the first as many random bytes as the secret has: the same for all numbers.</param>
    /// <param name="number">From 1 to 255, another one for each holder.</param>
    public static byte[] Make(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> random, byte number)
    {
        ArgumentOutOfRangeException.ThrowIfZero(number);
        var share = new byte[secret.Length];
        for (var power = random.Length / secret.Length - 1; power >= 0; power--)
            for (var i = 0; i < share.Length; i++) share[i] = Multiply((byte)(share[i] ^ random[power * secret.Length + i]), number);
        for (var i = 0; i < share.Length; i++) share[i] ^= secret[i];
        return share;
    }

    /// <summary>The secret, from as many shares of different numbers as are needed.</summary>
    public static byte[] Combine(IReadOnlyList<(byte Number, byte[] Share)> shares)
    {
        var secret = new byte[shares[0].Share.Length];
        foreach (var (number, share) in shares)
        {
            // This share's polynomial at 0: the product of x / (x - number) over the other numbers x.
            byte weight = 1;
            foreach (var (other, _) in shares)
                if (other != number) weight = Multiply(weight, Multiply(other, Invert((byte)(other ^ number))));
            for (var i = 0; i < secret.Length; i++) secret[i] ^= Multiply(share[i], weight);
        }

        return secret;
    }

    private static byte Multiply(byte a, byte b)
    {
        int product = 0, left = a, right = b;
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= -(right & 1) & left;
            left = (left << 1) ^ (-(left >> 7) & 0x11b);
            right >>= 1;
        }

        return (byte)product;
    }

    // a to the power of 254.
    private static byte Invert(byte a)
    {
        byte result = 1, square = a;
        for (var bit = 1; bit < 8; bit++)
        {
            square = Multiply(square, square);
            result = Multiply(result, square);
        }

        return result;
    }
}
