using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Net.Store;

/// <summary>
/// A few bytes of a hash beside each secret key. SQLite does not notice a bit that has turned in a row, and a key with
/// one is another key: its owner would seem to be somebody else, everywhere, without a word.
/// </summary>
internal static class KeyMarks
{
    private const int Size = 4;

    public static byte[] Of(in Bytes32 secret) => Sha256.Hash([.. "hawser/key-mark/1\n"u8, .. secret.ToArray()]).ToArray()[..Size];

    /// <summary>Marks what has none yet, and throws if a key is not what it was.</summary>
    public static void Check(Database database)
    {
        foreach (var (purpose, secret, mark) in database.Query("SELECT purpose, secret, mark FROM identity_key",
            row => (row.GetString(0), Bytes32.Read(row.GetFieldValue<byte[]>(1)), row.IsDBNull(2) ? null : row.GetFieldValue<byte[]>(2))))
        {
            if (mark is null) database.Execute("UPDATE identity_key SET mark = @2 WHERE purpose = @1", purpose, Of(secret));
            else if (!mark.AsSpan().SequenceEqual(Of(secret))) throw database.Damaged($"its key for \"{purpose}\" is not what it was");
        }
    }
}
