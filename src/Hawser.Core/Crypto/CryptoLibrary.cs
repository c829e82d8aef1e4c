namespace Hawser.Crypto;

/// <summary>The native libraries that the core stands on.</summary>
internal static class CryptoLibrary
{
    /// <summary>What to tell the user when libsodium is missing.</summary>
    public const string Remedy =
        "libsodium is missing: install it (Debian, Ubuntu: apt-get install libsodium23; macOS: brew install libsodium)";

    private static readonly bool Ready = Load();

    /// <summary>Whether libsodium is here. Nothing else in this room may be used if it is not.</summary>
    public static bool IsAvailable => Ready;

    /// <summary>Throws unless libsodium is here.</summary>
    /// <exception cref="DllNotFoundException">With the remedy as its message.</exception>
    public static void Require()
    {
        if (!Ready) throw new DllNotFoundException(Remedy);
    }

    private static bool Load()
    {
        try
        {
            return Interop.sodium_init() >= 0;
        }
        catch (DllNotFoundException)
        {
            return false;
        }
    }
}
