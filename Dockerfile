FROM python:3.12-slim
WORKDIR /app
RUN useradd --create-home connectome && mkdir /workspace && chown connectome /workspace
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY schemas schemas
COPY ingest ingest
COPY graphdb graphdb
COPY gnn gnn
COPY dashboard dashboard
COPY jobs jobs
# The CPU build of torch; a training machine with a GPU installs the wheel that fits it.
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -c constraints.txt .
USER connectome
ENV CONNECTOME_WORKSPACE=/workspace
EXPOSE 8050
CMD ["connectome", "serve", "--host", "0.0.0.0"]
