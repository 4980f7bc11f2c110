namespace PSTransfer.Core.Tests.Weights.Safetensors;

/// <summary>The bytes of a safetensors file put together by hand, independently of the writer.</summary>
internal static class HandmadeFile
{
    public static byte[] Bytes(string header, params byte[] data) => Bytes(Encoding.UTF8.GetBytes(header), data);

    public static byte[] Bytes(byte[] header, byte[] data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. data];
    }
}
