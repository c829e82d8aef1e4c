using System.Text;
using Hawser.Crypto;
using Hawser.Handshake;
using Xunit;

namespace Hawser.Tests.Handshake;

public class PeerNameTests
{
    [Fact]
    public void Whatever_is_written_reads_back()
    {
        Assert.True(PlainId.TryParse("0a9jj39f7a", out var id));
        foreach (var name in new[] { new PeerName(id), new PeerName(new DhPublicKey(Sha256.Hash("k"u8))) })
        {
            var bytes = new byte[name.Size];
            Assert.Equal(name.Size, name.Write(bytes));
            Assert.True(PeerName.TryRead(bytes, out var again));
            Assert.Equal(name, again);
            Assert.False(PeerName.TryRead(bytes.AsSpan(0, bytes.Length - 1), out _));
            Assert.False(PeerName.TryRead([.. bytes, 0], out _));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("0a9-jj39f7")]
    [InlineData("0A9JJ39F7A")]
    [InlineData("0a9jj39f7")]
    [InlineData("0a9jj39f7ab")]
    [InlineData("0a9jj39f7é")]
    public void An_id_has_one_form(string text)
    {
        Assert.False(PlainId.TryParse(text, out _));
        Assert.False(PlainId.TryRead(Encoding.UTF8.GetBytes(text), out _));
    }

    [Fact]
    public void Zeros_are_no_name()
    {
        Assert.False(PlainId.TryRead(new byte[10], out _));
        Assert.False(PeerName.TryRead([2, .. new byte[10]], out _));
        Assert.False(PeerName.TryRead([3, .. new byte[32]], out _));
        Assert.True(default(PlainId).IsNone);
    }
}
