using System.Text;
using Hawser.Crypto;
using Hawser.Net.Services;
using Hawser.Wire;

namespace Hawser.Net.Store;

/// <summary>
/// All of a home in one file that a passphrase locks: its store, as it stood at one moment, and its configuration.
/// Spec: backup.md.
/// </summary>
internal static class Backup
{
    public const byte NodeKind = 1, HubKind = 2;
    public const uint Operations = 3, MemoryKib = 262_144; // backup.md §6
    private const int MaxName = 32;

    public static string StoreName(byte kind) => kind == HubKind ? "hub.db" : "node.db";

    /// <summary>Writes the file; it has its name only once it is whole and on disk.</summary>
    /// <param name="path">Where to; nothing may be there.</param>
    /// <param name="kind">Of a node or a hub.</param>
    /// <param name="parts">Names in the archive, and where their bytes are.</param>
    /// <param name="passphrase">As typed, in UTF-8.</param>
    /// <param name="strength">How hard the passphrase is to try.</param>
    /// <param name="cancel">Gives up, and leaves nothing.</param>
    /// <returns>Bytes of the file.</returns>
    public static long Write(string path, byte kind, IReadOnlyList<(string Name, string Path)> parts, byte[] passphrase,
        (uint Operations, uint MemoryKib) strength, CancellationToken cancel)
    {
        if (File.Exists(path) || Directory.Exists(path)) throw new HawserException(Reason.Refused, $"{path} is there already", "give another name");
        var partial = path + ".part";
        try
        {
            using var file = new FileStream(partial, new FileStreamOptions
            {
                Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            var (seal, header) = SealedFile.Create(kind, passphrase, strength.Operations, strength.MemoryKib, SystemEntropy.Shared);
            file.Write(header.Write());
            Pack(parts, new Sealer(file, seal), cancel);
            file.Flush(flushToDisk: true);
            var length = file.Length;
            file.Dispose();
            File.Move(partial, path);
            FileInterop.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(partial);
            throw new HawserException(Reason.FileTrouble, $"{path} cannot be written", "give a folder that is yours and has room", e);
        }
        catch
        {
            Discard(partial);
            throw;
        }
    }

    /// <summary>Reads what the file begins with.</summary>
    public static SealedFileHeader ReadHeader(string path, Stream file)
    {
        var bytes = new byte[SealedFileHeader.Size];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length >= 4 && !bytes.AsSpan(..4).SequenceEqual("HWBK"u8))
            throw new HawserException(Reason.Usage, $"{path} is no backup of hawser", "take the file that hawser backup wrote");
        return length == bytes.Length && SealedFileHeader.TryRead(bytes, out var header) && header.Kind is NodeKind or HubKind
            ? header
            : throw Damaged(path, 0, "it is cut short or changed in its first bytes, or of a newer version");
    }

    /// <summary>Unpacks into a folder; nothing stands there under its name before all of it was found right.</summary>
    /// <returns>Names of the parts, each in a file of that name.</returns>
    public static IReadOnlyList<string> Unpack(string path, Stream file, SealedFileHeader header, SealedFile seal, string folder, CancellationToken cancel)
    {
        var opener = new Opener(path, file, seal);
        List<string> names = [];
        while (ReadName(opener, path) is { Length: > 0 } name)
        {
            var allowed = names.Count == 0 ? name == StoreName(header.Kind) : name == "config.json" && !names.Contains(name);
            if (!allowed) throw Damaged(path, opener.Position, $"it holds {name}, which has no place there");
            using var part = new FileStream(Path.Combine(folder, name), new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            for (var left = ReadLength(opener, path); left > 0;)
            {
                cancel.ThrowIfCancellationRequested();
                var piece = opener.Take((int)Math.Min(left, SealedFile.ChunkSize));
                if (piece.IsEmpty) throw Damaged(path, opener.Position, "it ends within a part");
                part.Write(piece.Span);
                left -= piece.Length;
            }

            part.Flush(flushToDisk: true);
            names.Add(name);
        }

        if (names.Count == 0 || !opener.AtEnd) throw Damaged(path, opener.Position, "its parts do not end where it does");
        return names;
    }

    public static HawserException Damaged(string path, long at, string what) => new(Reason.VerificationFailed,
        $"{path} is damaged at byte {at}: {what}; nothing was restored", "take another copy of it");

    private static void Pack(IReadOnlyList<(string Name, string Path)> parts, Sealer sealer, CancellationToken cancel)
    {
        var buffer = new byte[SealedFile.ChunkSize];
        foreach (var (name, path) in parts)
        {
            using var part = File.OpenRead(path);
            var head = new byte[1 + name.Length + 8];
            var writer = new SpanWriter(head);
            writer.WriteBlob8(Encoding.ASCII.GetBytes(name));
            writer.WriteU64((ulong)part.Length);
            sealer.Put(head);
            var left = part.Length;
            while (left > 0)
            {
                cancel.ThrowIfCancellationRequested();
                var length = part.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
                if (length == 0) throw new IOException($"{path} became shorter");
                sealer.Put(buffer.AsSpan(..length));
                left -= length;
            }
        }

        sealer.Put([0]);
        sealer.End();
    }

    private static string ReadName(Opener opener, string path)
    {
        var length = opener.Take(1);
        if (length.IsEmpty) throw Damaged(path, opener.Position, "it ends without its end mark");
        var name = opener.TakeAll(Math.Min((int)length.Span[0], MaxName + 1));
        return length.Span[0] <= MaxName && name is not null ? Encoding.ASCII.GetString(name)
            : throw Damaged(path, opener.Position, "a part has no name");
    }

    private static long ReadLength(Opener opener, string path)
    {
        var reader = new SpanReader(opener.TakeAll(sizeof(ulong)));
        return reader.TryReadU64(out var length) && length <= long.MaxValue ? (long)length : throw Damaged(path, opener.Position, "a part has no length");
    }

    private static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It could not be made either.
        }
    }

    private sealed class Sealer(Stream file, SealedFile seal)
    {
        private readonly byte[] _chunk = new byte[SealedFile.ChunkSize];
        private int _filled;

        public void Put(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                if (_filled == _chunk.Length)
                {
                    file.Write(seal.Seal(_chunk, last: false));
                    _filled = 0;
                }

                var length = Math.Min(bytes.Length, _chunk.Length - _filled);
                bytes[..length].CopyTo(_chunk.AsSpan(_filled));
                _filled += length;
                bytes = bytes[length..];
            }
        }

        public void End() => file.Write(seal.Seal(_chunk.AsSpan(.._filled), last: true));
    }

    private sealed class Opener(string path, Stream file, SealedFile seal)
    {
        private readonly byte[] _box = new byte[SealedFile.ChunkSize + SealedFile.TagSize];
        private byte[] _plain = [];
        private int _taken;
        private bool _ended;

        public long Position => file.Position;

        public bool AtEnd => _taken == _plain.Length && !TryNext();

        /// <summary>Some of the next bytes, at most this many; none at the end.</summary>
        public ReadOnlyMemory<byte> Take(int most)
        {
            if (_taken == _plain.Length && !TryNext()) return default;
            var length = Math.Min(most, _plain.Length - _taken);
            _taken += length;
            return _plain.AsMemory(_taken - length, length);
        }

        public byte[]? TakeAll(int count)
        {
            var bytes = new byte[count];
            for (var done = 0; done < count;)
            {
                var piece = Take(count - done);
                if (piece.IsEmpty) return null;
                piece.Span.CopyTo(bytes.AsSpan(done));
                done += piece.Length;
            }

            return bytes;
        }

        private bool TryNext()
        {
            if (_ended) return false;
            var at = file.Position;
            var length = file.ReadAtLeast(_box, _box.Length, throwOnEndOfStream: false);
            _ended = file.Position == file.Length;
            (_plain, _taken) = (new byte[Math.Max(0, length - SealedFile.TagSize)], 0);
            if (!seal.TryOpen(_box.AsSpan(..length), _ended, _plain))
                throw Damaged(path, at, length < _box.Length && !_ended ? "it cannot be read on" : "a part of it was changed, or its end is missing");
            return _plain.Length > 0;
        }
    }
}
