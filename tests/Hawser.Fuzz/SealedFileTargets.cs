using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Fuzz;

/// <summary>What reads as the header of a backup writes back the same bytes, and asks for no more than the bounds.</summary>
internal sealed class SealedFileHeaderTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
    [
        new SealedFileHeader(1, 3, 262_144, Token16.Read("0123456789abcdef"u8), default, default).Write(),
        new SealedFileHeader(2, 1, SealedFileHeader.MinMemoryKib, default, default, default).Write(),
    ];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!SealedFileHeader.TryRead(input, out var header)) return;
        NamingSeeds.MustEqual(header.Write(), input);
        if (header.Operations > SealedFileHeader.MaxOperations || header.MemoryKib > SealedFileHeader.MaxMemoryKib)
            throw new InvalidDataException("a reader could be made to work without end");
    }
}
