using System.Text;
using Hawser.Crypto;
using Hawser.Tests.Sim;
using Hawser.Tlog;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Tlog;

public class NoteTests
{
    private static readonly SigningKey Key = SigningKey.Generate(new SimRandom(1));
    private static readonly SignedNote Note =
        new("line\n\nother line\n", [SignedNote.Sign("example.com/log", Key, "line\n\nother line\n")]);

    [Theory]
    [InlineData("tile/0/000", 0, 0, 256)]
    [InlineData("tile/0/000.p/1", 0, 0, 1)]
    [InlineData("tile/1/x001/x234/067.p/255", 1, 1_234_067, 255)]
    [InlineData("tile/entries/x123/456", -1, 123_456, 256)]
    public void Tile_paths_are_those_of_the_specification(string path, int level, long index, int width)
    {
        Assert.True(Tile.TryParse(path, out var tile));
        Assert.Equal(new(level, index, width), tile);
        Assert.Equal(path, tile.ToString());
    }

    [Theory]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/0000")]
    [InlineData("tile/00/000")]
    [InlineData("tile/6/000")]
    [InlineData("tile/-/000")]
    [InlineData("tile/0/x000/000")]
    [InlineData("tile/0/001/x002")]
    [InlineData("tile/0/x001")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/0/000.p/01")]
    [InlineData("tile/0/000.p")]
    [InlineData("tile/0/+01")]
    [InlineData("/tile/0/000")]
    [InlineData("tile/0/")]
    [InlineData("tile/0")]
    [InlineData("")]
    public void Other_paths_are_none(string path) => Assert.False(Tile.TryParse(path, out _));

    [Fact]
    public void Growth_needs_each_tile_that_changed()
    {
        Assert.Equal(["tile/entries/000.p/3", "tile/0/000.p/3"], Tile.Added(0, 3).Select(t => t.ToString()));
        Assert.Equal(
            ["tile/entries/000", "tile/entries/001.p/4", "tile/0/000", "tile/0/001.p/4", "tile/1/000.p/1"],
            Tile.Added(255, 260).Select(t => t.ToString()));
        Assert.Empty(Tile.Added(7, 7));
    }

    [Fact]
    public void A_bundle_of_entries_reads_back()
    {
        var bundle = new EntryBundle([[1, 2, 3], [], new byte[8192]]);
        Assert.True(EntryBundle.TryRead(bundle.Write(), out var again));
        Assert.Equal(bundle.Entries, again.Entries);
        Assert.False(EntryBundle.TryRead(bundle.Write().AsSpan(..^1), out _));
        Assert.False(EntryBundle.TryRead([], out _));
        Assert.False(EntryBundle.TryRead(new byte[2 * 257], out _));
    }

    [Fact]
    public void A_note_is_signed_by_who_signed_it()
    {
        Assert.True(SignedNote.TryRead(Note.Write(), out var again));
        Assert.Equal(Note.Text, again.Text);
        Assert.Equal(Note.Write(), again.Write());
        Assert.True(again.IsSignedBy(new("example.com/log", Key.Public)));
        Assert.False(again.IsSignedBy(new("example.com/other", Key.Public)));
        Assert.False(again.IsSignedBy(new("example.com/log", SigningKey.Generate(new SimRandom(2)).Public)));
        Assert.False((again with { Text = "other\n" }).IsSignedBy(new("example.com/log", Key.Public)));
    }

    [Fact]
    public void A_known_verifier_key_has_its_known_id()
    {
        // The key of Go's checksum database, as its documentation prints it.
        var key = Convert.FromBase64String("Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")[1..];
        Assert.Equal(
            "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
            new NoteKey("sum.golang.org", new(Bytes32.Read(key))).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n— name\n")]
    [InlineData("text\n\n— name AAAA\n")]
    [InlineData("text\n\n— name AAAAAAA=")]
    [InlineData("text\n\n— name AAAAAAB=\n")]
    [InlineData("text\n\n— name AAAAAAA\n")]
    [InlineData("text\n\n- name AAAAAAA=\n")]
    [InlineData("text\n\n— na+me AAAAAAA=\n")]
    [InlineData("text\n\n—  AAAAAAA=\n")]
    [InlineData("te\txt\n\n— name AAAAAAA=\n")]
    [InlineData("text\r\n\n— name AAAAAAA=\n")]
    public void What_is_not_quite_a_note_is_none(string text) =>
        Assert.False(SignedNote.TryRead(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void A_checkpoint_reads_back_and_has_one_form()
    {
        var checkpoint = new Checkpoint("example.com/log", 20852163, Merkle.EmptyRoot);
        var text = checkpoint.ToString();
        Assert.True(Checkpoint.TryParse(text, out var again));
        Assert.Equal(checkpoint, again);
        Assert.True(Checkpoint.TryParse(text + "extension\n", out _));
        foreach (var bad in (string[])["", "\n" + text, text[..^1], text + "\n", text.Replace("2085", "02085"), text.Replace("20852163", "-1"),
            text.Replace("=\n", "\n"), text.Replace("=\n", "= \n"), "example.com/log\n1\nAAAA\n"])
            Assert.False(Checkpoint.TryParse(bad, out _), bad);
    }
}
