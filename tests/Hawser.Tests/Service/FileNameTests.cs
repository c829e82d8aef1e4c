using System.Text;
using Hawser.Service;
using Xunit;

namespace Hawser.Tests.Service;

public class FileNameTests
{
    [Theory]
    [InlineData("/home/a/report.pdf", "report.pdf")]
    [InlineData("C:\\Users\\a\\x.txt", "x.txt")]
    [InlineData(".bashrc", "bashrc")]
    [InlineData("...", "file")]
    [InlineData("/a/", "file")]
    [InlineData("a\u202Egpj.exe", "a_gpj.exe")]
    [InlineData("a\u001b[2J", "a_[2J")]
    [InlineData("what? ", "what_")]
    [InlineData("nul.txt", "_nul.txt")]
    [InlineData("Grüße.txt", "Grüße.txt")]
    public void A_path_becomes_a_legal_name(string path, string name)
    {
        Assert.Equal(name, FileName.FromPath(path));
        Assert.True(FileName.IsLegal(name));
        Assert.Equal("broken_", FileName.FromPath("broken\uD800")); // half a character: no test's argument can be that
    }

    [Fact]
    public void A_long_name_is_cut_between_characters()
    {
        var name = FileName.FromPath(new string('ü', 300));
        Assert.True(FileName.IsLegal(name));
        Assert.InRange(Encoding.UTF8.GetByteCount(name), FileName.MaxBytes - 3, FileName.MaxBytes);
    }

    [Theory]
    [InlineData("a.txt", "a (2).txt"), InlineData("a", "a (2)"), InlineData("a.tar.gz", "a.tar (2).gz"), InlineData("a..b", "a. (2).b")]
    public void A_taken_name_is_numbered(string name, string numbered) => Assert.Equal(numbered, FileName.Numbered(name, 2));
}
