using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hawser.Crypto;
using Hawser.Net;
using Hawser.Net.Store;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Net.Store;

public sealed class BackupTests : IDisposable
{
    private sealed record Vector(string Name, string Passphrase, string Hex, string? Reject, Dictionary<string, string>? Parts);

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "backup.json")), JsonSerializerOptions.Web)!;

    private static readonly byte[] Passphrase = "correct horse"u8.ToArray();
    private static readonly (uint, uint) Quick = (1, SealedFileHeader.MinMemoryKib);

    private readonly TempHome _home = new();
    private readonly TempHome _place = new();

    public BackupTests()
    {
        _home.Home.Create();
        _place.Home.Create();
    }

    public void Dispose()
    {
        _home.Dispose();
        _place.Dispose();
    }

    public static TheoryData<string> Names() => [.. Vectors.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        var path = In("vector.backup");
        File.WriteAllBytes(path, Convert.FromHexString(vector.Hex));
        Func<IReadOnlyList<string>> read = () => Read(path, Encoding.UTF8.GetBytes(vector.Passphrase));
        if (vector.Reject is { } why)
        {
            var wrong = Assert.Throws<HawserException>(() => read());
            Assert.Equal(why == "not a backup" ? Reason.Usage : Reason.VerificationFailed, wrong.Reason);
            Assert.Contains(path, wrong.Message, StringComparison.Ordinal);
            Assert.Equal(why == "passphrase", wrong.Message.Contains("not the passphrase", StringComparison.Ordinal));
            return;
        }

        Assert.Equal(vector.Parts!.Keys, read());
        foreach (var (part, hex) in vector.Parts) Assert.Equal(Convert.FromHexString(hex), File.ReadAllBytes(Path.Combine(_home.Home.Folder, part)));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(65_519), InlineData(65_520), InlineData(65_521), InlineData(200_000)]
    public void What_is_packed_comes_out_whole_around_every_edge_of_a_chunk(int size)
    {
        File.WriteAllBytes(In("in"), RandomNumberGenerator.GetBytes(size));
        var length = Backup.Write(In("out"), Backup.NodeKind, [("node.db", In("in"))], Passphrase, Quick, CancellationToken.None);
        Assert.Equal(length, new FileInfo(In("out")).Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(In("out")));
        Assert.Equal(["node.db"], Read(In("out"), Passphrase));
        Assert.Equal(File.ReadAllBytes(In("in")), File.ReadAllBytes(_home.Home.NodeDatabase));
    }

    [Fact]
    public void Chunks_cannot_be_left_out_or_change_places()
    {
        File.WriteAllBytes(In("in"), RandomNumberGenerator.GetBytes(250_000));
        Backup.Write(In("out"), Backup.NodeKind, [("node.db", In("in"))], Passphrase, Quick, CancellationToken.None);
        var whole = File.ReadAllBytes(In("out"));
        const int chunk = SealedFile.ChunkSize + SealedFile.TagSize;
        var (header, body) = (whole[..SealedFileHeader.Size], whole[SealedFileHeader.Size..]);
        foreach (var forged in (byte[][])[[.. header, .. body[chunk..]], [.. header, .. body[chunk..(2 * chunk)], .. body[..chunk], .. body[(2 * chunk)..]], [.. header, .. body[..(2 * chunk)]]])
        {
            File.WriteAllBytes(In("forged"), forged);
            Assert.Equal(Reason.VerificationFailed, Assert.Throws<HawserException>(() => Read(In("forged"), Passphrase)).Reason);
            File.Delete(_home.Home.NodeDatabase);
        }
    }

    [Fact]
    public void Nothing_is_overwritten()
    {
        File.WriteAllText(In("in"), "x");
        File.WriteAllText(In("out"), "precious");
        Assert.Equal(Reason.Refused, Assert.Throws<HawserException>(
            () => Backup.Write(In("out"), Backup.NodeKind, [("node.db", In("in"))], Passphrase, Quick, CancellationToken.None)).Reason);
        Assert.Equal("precious", File.ReadAllText(In("out")));
    }

    [Fact]
    public void A_node_that_is_restored_has_its_keys_and_goes_on_as_another_copy()
    {
        var token = SHA256.HashData("token"u8);
        DhPublicKey channel;
        VerifyKey claim;
        ulong boot;
        var snapshot = Snapshots.NameIn(_home.Home);
        using (var store = NodeStore.Open(_home.Home))
        {
            (channel, claim) = (store.ChannelKey(SystemEntropy.Shared).Public, store.ClaimKey(SystemEntropy.Shared).Public);
            store.AddTicket(Bytes32.Read(token), "ssh", null, DateTimeOffset.UtcNow.AddDays(1));
            boot = store.NextBoot();
            store.SnapshotTo(snapshot);
            store.ClaimKey("claim:later", SystemEntropy.Shared); // after the copy
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(snapshot));
        Backup.Write(In("out"), Backup.NodeKind, [("node.db", snapshot)], Passphrase, Quick, CancellationToken.None);
        using (var restored = RestoredTo("first"))
        {
            Assert.Equal((channel, claim), (restored.ChannelKey(SystemEntropy.Shared).Public, restored.ClaimKey(SystemEntropy.Shared).Public));
            Assert.NotNull(restored.Restored);
            Assert.True(restored.NextBoot() > boot + uint.MaxValue); // however often the original was started since
            var joiner = DhKeyPair.Generate(SystemEntropy.Shared).Public;
            Assert.False(restored.RedeemTicket(Bytes32.Read(token), joiner, DateTimeOffset.UtcNow)); // the original may have let in somebody else
        }

        // Of two copies the later one is meant, whatever the clock says.
        using var first = NodeStore.Open(new(In("first")));
        var before = first.NextBoot();
        first.BeginAnew(DateTimeOffset.UnixEpoch);
        Assert.True(first.NextBoot() > before);
        Assert.Equal("ok", first.Restored is not null ? "ok" : "");
    }

    [Fact]
    public void What_an_interrupted_backup_left_is_swept()
    {
        var snapshot = Snapshots.NameIn(_home.Home);
        File.WriteAllText(snapshot, "keys");
        Directory.CreateDirectory(_home.Home.Unpacking);
        Snapshots.Sweep(_home.Home);
        Assert.False(File.Exists(snapshot) || Directory.Exists(_home.Home.Unpacking));
    }

    [Fact]
    public void A_damaged_backup_leaves_an_empty_home()
    {
        using (var store = NodeStore.Open(_home.Home)) store.SnapshotTo(Snapshots.NameIn(_home.Home));
        var snapshot = Directory.GetFiles(_home.Home.Folder, "snapshot-*").Single();
        Backup.Write(In("out"), Backup.NodeKind, [("node.db", snapshot)], Passphrase, Quick, CancellationToken.None);
        var bytes = File.ReadAllBytes(In("out"));
        bytes[^40] ^= 1;
        File.WriteAllBytes(In("out"), bytes);
        Assert.Equal(Reason.VerificationFailed, Assert.Throws<HawserException>(() => RestoredTo("bad")).Reason);
        Assert.Empty(Directory.GetFileSystemEntries(In("bad")));
    }

    private string In(string name) => Path.Combine(_place.Home.Folder, name);

    private IReadOnlyList<string> Read(string path, byte[] passphrase)
    {
        using var file = File.OpenRead(path);
        var header = Backup.ReadHeader(path, file);
        var seal = SealedFile.Open(header, passphrase) ?? throw new HawserException(Reason.VerificationFailed, $"that is not the passphrase of {path}");
        return Backup.Unpack(path, file, header, seal, _home.Home.Folder, CancellationToken.None);
    }

    private NodeStore RestoredTo(string name)
    {
        var home = new Home(In(name));
        home.Create();
        using (var file = File.OpenRead(In("out")))
        {
            var header = Backup.ReadHeader(In("out"), file);
            Restoring.Run(home, In("out"), file, header, SealedFile.Open(header, Passphrase)!, _ => { }, CancellationToken.None);
        }

        return NodeStore.Open(home);
    }
}
